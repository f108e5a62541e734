import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { ExchangeIo, PipedOutcome, ResultPipe } from '../message.ts';
import { ResultScanner } from '../wire/result-scanner.ts';

/** Results from this length on go to the client while they come, when they may. */
export const PIPED_BYTES_MIN = 16 * 1024;

/** Methods whose results nobody keeps and nobody adds to. */
const PIPED_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get']);

/** The pipe that the result of a request may take, or undefined when it must be read whole. */
export function pipeFor(method: string, io: ExchangeIo): ResultPipe | undefined {
  return PIPED_METHODS.has(method) ? io.pipe : undefined;
}

/** Throws GatewayError `upstream_failed` when an answer is longer than is accepted. */
export function checkAnswerBytes(bytes: number): void {
  if (bytes <= limits.upstreamResultBytesMax) return;
  const text = 'The service answered more than the gateway accepts.';
  throw new GatewayError('upstream_failed', text);
}

/**
 * A large result on its way through a pipe. It is begun when its first bytes show that it is
 * complete; whatever turns out to be wrong later can only break it off.
 */
export class PipedResult {
  readonly #id: number;
  readonly #pipe: ResultPipe;
  readonly #scanner: ResultScanner;
  #seenBytes = 0;
  #sentBytes = 0;

  private constructor(id: number, pipe: ResultPipe, scanner: ResultScanner) {
    this.#id = id;
    this.#pipe = pipe;
    this.#scanner = scanner;
  }

  /**
   * Begins with the first bytes of the answer to the request with this id; undefined when they
   * do not show one. `isTaken` says of them what `pass` says of the others.
   */
  static begin(
    first: Buffer,
    id: number,
    pipe: ResultPipe,
  ): { readonly result: PipedResult; readonly isTaken: boolean } | undefined {
    const scanner = new ResultScanner();
    let own: Buffer | undefined;
    try {
      own = scanner.feed(first);
    } catch {
      return undefined;
    }
    const { looksComplete, resultType } = scanner;
    const isOurs = scanner.id === undefined || scanner.id === id;
    const isComplete = looksComplete && (resultType === undefined || resultType === 'complete');
    if (own === undefined || !isOurs || !isComplete || !pipe.begin()) return undefined;
    const result = new PipedResult(id, pipe, scanner);
    result.#seenBytes = first.length;
    return { result, isTaken: result.#send(own) };
  }

  /** A promise while the client is slow: no more should be passed until it resolves. */
  get flowing(): Promise<void> | undefined {
    return this.#pipe.flowing;
  }

  /**
   * Passes further bytes of the answer; false when they must stay as they are for a while. Throws
   * GatewayError `upstream_failed` on bytes that cannot be an answer or are too many.
   */
  pass(bytes: Buffer): boolean {
    this.#seenBytes += bytes.length;
    checkAnswerBytes(this.#seenBytes);
    let own: Buffer | undefined;
    try {
      own = this.#scanner.feed(bytes);
    } catch (cause) {
      throw new GatewayError('upstream_failed', 'The service sent a message that is not MCP.', {
        cause,
      });
    }
    return own === undefined || own.length === 0 || this.#send(own);
  }

  /** What the answer came to. Throws GatewayError `upstream_failed` when it is not complete. */
  end(): PipedOutcome {
    const { isDone, id, resultType, isError, hasContent } = this.#scanner;
    if (!isDone || id !== this.#id || (resultType ?? 'complete') !== 'complete') {
      throw new GatewayError('upstream_failed', 'The service answered something else.');
    }
    return {
      resultType: 'piped',
      bytes: this.#sentBytes,
      isError: isError === true,
      hasResultType: resultType !== undefined,
      hasContent,
    };
  }

  #send(bytes: Buffer): boolean {
    this.#sentBytes += bytes.length;
    return this.#pipe.write(bytes);
  }
}
