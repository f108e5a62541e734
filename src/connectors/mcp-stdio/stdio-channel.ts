import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChannelReceiver, LiveChannel } from '../../mcp/client/peer-channel.ts';
import { takeLine } from '../../mcp/client/take-line.ts';
import { lastLines, StartFailure } from '../../upstream/start-failure.ts';
import { messageStart } from '../../mcp/wire/message-start.ts';
import type { Child, ChildEvents } from './child.ts';

/** What can be a message: everything else a child writes to stdout is ignored. */
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** One child as a channel: a message is a line. */
export class StdioChannel implements LiveChannel, ChildEvents {
  readonly #log: Log;
  #child: Child | undefined;
  #ended: GatewayError | undefined;
  #stopping = false;
  readonly #receiver: ChannelReceiver;

  constructor(receiver: ChannelReceiver, log: Log) {
    this.#receiver = receiver;
    this.#log = log;
  }

  /** False once the child has ended. */
  get isAlive(): boolean {
    return this.#ended === undefined && !this.#stopping;
  }

  /** Sets the child that this channel writes to; called once. */
  attach(child: Child): void {
    this.#child = child;
  }

  request(id: number, json: string): void {
    if (this.#child?.write(json) === true) return;
    this.#receiver.failed(id, new GatewayError('too_many', 'The service reads too slowly.'));
  }

  post(json: string): void {
    this.#child?.write(json);
  }

  abandon(): void {}

  initialized(): void {}

  async close(): Promise<void> {
    this.#stopping = true;
    await this.#child?.stop();
  }

  line(line: Buffer): void {
    const start = line[0] === OPEN_BRACE ? line : messageStart(line);
    if (start[0] !== OPEN_BRACE && start[0] !== OPEN_BRACKET) return;
    const ignored = (error: unknown): void => {
      const text = error instanceof Error ? error.message : '';
      this.#log.warn({ error: text, lineBytes: line.length }, 'ignored a line of a stdio service');
    };
    takeLine(this.#receiver, start, ignored);
  }

  ended(text: string): void {
    const output = lastLines(this.#child?.stderr ?? '');
    this.#ended =
      output === ''
        ? new GatewayError('upstream_failed', text)
        : new StartFailure('upstream_failed', text, output);
    if (!this.#stopping) this.#receiver.closed(this.#ended);
  }
}
