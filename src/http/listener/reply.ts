import { standardPace, type Pace } from '../../gateway/calls/paced-writer.ts';
import type { SlowReader } from '../../gateway/calls/slow-readers.ts';
import type { ResourcePlace } from '../../identity/oauth/challenge.ts';
import type { JsonBytes } from '../../kernel/json-bytes.ts';
import type { RequestId } from '../../mcp/json-rpc.ts';
import type { PipedOutcome, ResultPipe } from '../../mcp/message.ts';
import { resultHead } from '../../mcp/wire/message-text.ts';
import { oneLine } from '../../mcp/wire/one-line.ts';

/** Results up to this size leave in one write with their head. */
const ONE_WRITE_BYTES = 16 * 1024;
const KEEP_ALIVE_MS = 15_000;

/** What a reply writes to: a ServerResponse, or the fast lane's own. */
export interface ReplyTarget {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableNeedDrain: boolean;
  readonly writableLength: number;
  writeHead(status: number, headers: string[]): unknown;
  flushHeaders(): void;
  write(data: string | Buffer): boolean;
  end(data?: string | Buffer, encoding?: BufferEncoding): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
  /** Drops the connection when nothing is read or written for so long; 0 ends the watch. */
  setTimeout(milliseconds: number): unknown;
  cork(): void;
  uncork(): void;
  /** Drops the connection: the client sees that the answer is not complete. */
  destroy(): unknown;
}

/**
 * The answer to one POST: a JSON object when nothing came before the result, an event stream
 * from the first notification on. A large result may come in through the pipe, piece by piece.
 */
export class Reply implements ResultPipe, SlowReader {
  /** Where the request arrived, once it is known; errors tell clients where to get a token. */
  place: ResourcePlace | undefined;
  readonly #response: ReplyTarget;
  readonly #headers: string[] = [];
  readonly #pace: Pace;
  #streaming = false;
  #pipeId: RequestId | undefined;
  #piping = false;
  #written = 0;
  #keepAlive: NodeJS.Timeout | undefined;

  /** A client that reads nothing of what waits for it is cut after `pace.stallMs` at the latest. */
  constructor(response: ReplyTarget, pace: Pace = standardPace) {
    this.#response = response;
    this.#pace = pace;
  }

  /** Adds a header to whatever form the answer takes. */
  addHeader(name: string, value: string): void {
    this.#headers.push(name, value);
  }

  /** Adds headers, names and values in turn, to whatever form the answer takes. */
  addHeaders(headers: readonly string[]): void {
    this.#headers.push(...headers);
  }

  /** Calls the listener when the connection ends before or after the answer is complete. */
  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  /** True once the event stream has begun. */
  get streaming(): boolean {
    return this.#streaming;
  }

  /** True when nobody can be told anything any more. */
  get closed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /** Begins the event stream; later calls do nothing. */
  stream(): void {
    if (this.#streaming || this.closed) return;
    this.#streaming = true;
    this.#response.writeHead(200, [
      'content-type',
      'text/event-stream',
      'cache-control',
      'no-cache, no-transform',
      'x-accel-buffering',
      'no',
      ...this.#headers,
    ]);
    this.#response.flushHeaders();
    this.#keepAlive = setInterval(() => {
      if (!this.#response.writableNeedDrain) this.#response.write(':\r\n\r\n');
    }, KEEP_ALIVE_MS);
    this.#keepAlive.unref();
    this.#response.once('close', () => clearInterval(this.#keepAlive));
  }

  /** Sends one message on the stream; the promise asks to wait for a slow reader. */
  event(message: string, id?: string): Promise<void> | undefined {
    if (this.closed) return undefined;
    this.stream();
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    const flowing = this.#response.write(`event: message\n${idLine}data: ${message}\n\n`);
    return flowing ? undefined : this.#drained();
  }

  /** Sends an event without data that tells a client where it is and when to come back. */
  prime(id: string, retryMs: number): void {
    if (!this.closed) this.#response.write(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`);
  }

  /** Ends an event stream after its last event. */
  end(): void {
    this.empty(202);
  }

  /** Ends with a result. */
  result(id: RequestId, result: JsonBytes): void {
    if (this.closed || this.#brokenOff()) return;
    const head = resultHead(id);
    if (this.#streaming) this.#lastEvent(head, oneLine(result.bytes));
    else this.#json(200, head, result.bytes);
  }

  /** Itself as the pipe for the result of the request with this id. */
  pipe(id: RequestId): ResultPipe {
    this.#pipeId = id;
    return this;
  }

  /** See ResultPipe: the body of the answer, or the last event of its stream. */
  begin(): boolean {
    if (this.closed || this.#piping) return false;
    this.#piping = true;
    clearInterval(this.#keepAlive);
    if (this.#streaming) return true;
    this.#response.writeHead(200, ['content-type', 'application/json', ...this.#headers]);
    return true;
  }

  /** See ResultPipe. */
  write(bytes: Buffer): boolean {
    this.#written += bytes.length;
    this.#response.cork();
    if (this.#pipeId !== undefined) {
      const head = resultHead(this.#pipeId);
      this.#response.write(this.#streaming ? `event: message\ndata: ${head}` : head);
    }
    this.#pipeId = undefined;
    this.#response.write(this.#streaming ? oneLine(bytes) : bytes);
    this.#response.uncork();
    return this.#response.writableLength === 0;
  }

  /** See ResultPipe. */
  get written(): number {
    return this.#written;
  }

  /** See ResultPipe. */
  get flowing(): Promise<void> | undefined {
    const { writableLength, writableNeedDrain } = this.#response;
    return writableLength > 0 && writableNeedDrain ? this.#drained() : undefined;
  }

  /** Ends what went through the pipe. */
  piped({ hasResultType, hasContent }: PipedOutcome): void {
    if (this.closed) return;
    const content = hasContent ? '' : ',"content":[]';
    const last = hasResultType ? `${content}}}` : `${content},"resultType":"complete"}}`;
    this.#response.end(this.#streaming ? `${last}\n\n` : last);
    this.#watchStall();
  }

  /** See SlowReader. */
  queuedBytes(): number {
    return this.#response.writableLength;
  }

  /** See SlowReader. */
  cut(): void {
    this.#response.destroy();
  }

  /** Calls it at once when nothing of the result waits in the gateway any more, else never. */
  whenSent(release: (() => void) | undefined): void {
    if (release !== undefined && this.#response.writableLength === 0) release();
  }

  /** Ends with an error response; its status counts only when no stream has begun. */
  error(status: number, message: string, headers: readonly string[] = []): void {
    if (this.closed || this.#brokenOff()) return;
    if (this.#streaming) {
      clearInterval(this.#keepAlive);
      this.#response.end(`event: message\ndata: ${message}\n\n`);
      this.#watchStall();
      return;
    }
    const body = Buffer.from(message);
    this.#response.writeHead(status, [
      'content-type',
      'application/json',
      'content-length',
      String(body.length),
      ...headers,
      ...this.#headers,
    ]);
    this.#response.end(body);
  }

  /** Ends without a body. */
  empty(status: number, headers: readonly string[] = []): void {
    if (this.closed || this.#brokenOff()) return;
    if (!this.#streaming) {
      this.#response.writeHead(status, ['content-length', '0', ...headers, ...this.#headers]);
    }
    clearInterval(this.#keepAlive);
    this.#response.end();
    this.#watchStall();
  }

  /** What has begun in the pipe becomes no other answer: it is cut, so that nobody trusts it. */
  #brokenOff(): boolean {
    if (this.#piping) this.#response.destroy();
    return this.#piping;
  }

  #json(status: number, head: string, result: Buffer): void {
    const headBytes = Buffer.byteLength(head);
    const length = headBytes + result.length + 1;
    this.#response.writeHead(status, [
      'content-type',
      'application/json',
      'content-length',
      String(length),
      ...this.#headers,
    ]);
    if (length <= ONE_WRITE_BYTES) {
      // Given a latin1 text, node:http puts head and body into one write instead of two.
      const latin1Head = headBytes === head.length ? head : Buffer.from(head).toString('latin1');
      this.#response.end(`${latin1Head}${result.toString('latin1')}}`, 'latin1');
      return;
    }
    this.#response.write(head);
    this.#response.write(result);
    this.#response.end('}');
    this.#watchStall();
  }

  #lastEvent(head: string, result: Buffer): void {
    clearInterval(this.#keepAlive);
    this.#response.write(`event: message\ndata: ${head}`);
    this.#response.write(result);
    this.#response.end('}\n\n');
    this.#watchStall();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.setTimeout(0);
        this.#response.off('drain', done);
        this.#response.off('close', done);
        resolve();
      };
      this.#response.once('drain', done);
      this.#response.once('close', done);
      this.#watchStall();
    });
  }

  /**
   * Cuts a client that stopped reading, so that its bytes do not stay in memory. The socket's own
   * timer begins anew with whatever the client reads; it takes what the system took of the last
   * write for reading, once, and so fires after one or two of its times. Nobody listens for it: a
   * socket in time-out is destroyed.
   */
  #watchStall(): void {
    const response = this.#response;
    if (response.writableLength === 0) return;
    response.setTimeout(this.#pace.stallMs / 2);
    this.#pace.together?.watch(this);
  }
}
