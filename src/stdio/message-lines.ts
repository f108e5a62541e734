import type { Readable, Writable } from 'node:stream';
import type { DuplexLine } from '../gateway/calls/paced-writer.ts';
import { limits } from '../kernel/limits.ts';
import { LineSplitter } from '../mcp/wire/line-splitter.ts';

/** The two streams of a local client. */
export interface StdioStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/** Why a conversation over standard streams ended. */
export type StdioEnd = 'input_ended' | 'output_closed' | 'slow_reader' | 'line_too_long';

const NEWLINE = Buffer.from('\n');

/** Messages as lines on standard streams. */
export class MessageLines implements DuplexLine {
  readonly #streams: StdioStreams;
  readonly #ended = Promise.withResolvers<StdioEnd>();
  readonly #splitter: LineSplitter;
  #stopped = false;

  /** Reads at once; `receive` is given each line that is not empty. */
  constructor(streams: StdioStreams, receive: (line: Buffer) => void) {
    this.#streams = streams;
    this.#splitter = new LineSplitter(limits.requestBodyBytesMax, receive);
    const { input, output } = streams;
    input.on('data', this.#onData);
    input.on('end', this.#onInputEnd);
    input.on('error', this.#onInputEnd);
    input.on('close', this.#onInputEnd);
    output.on('error', this.#onOutputGone);
    output.on('close', this.#onOutputGone);
  }

  /** Resolves with the reason once the client can say or hear no more; it never rejects. */
  get ended(): Promise<StdioEnd> {
    return this.#ended.promise;
  }

  write(message: Buffer, taken: () => void): void {
    this.#streams.output.write(Buffer.concat([message, NEWLINE]), taken);
  }

  queuedBytes(): number {
    return this.#streams.output.writableLength;
  }

  pause(): void {
    this.#streams.input.pause();
  }

  resume(): void {
    if (!this.#stopped) this.#streams.input.resume();
  }

  cut(): void {
    this.#ended.resolve('slow_reader');
  }

  /** Reads no more and lets go of the streams; what was written still leaves. */
  stop(): void {
    this.#stopped = true;
    const { input } = this.#streams;
    input.pause();
    input.off('data', this.#onData);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#splitter.write(chunk)) return;
    this.stop();
    this.#ended.resolve('line_too_long');
  };

  readonly #onInputEnd = (): void => this.#ended.resolve('input_ended');

  readonly #onOutputGone = (): void => this.#ended.resolve('output_closed');
}
