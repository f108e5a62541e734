import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { ResultScanner } from '../../mcp/client/result-scanner.ts';
import { readServerMessage, type ServerAnswer } from '../../mcp/client/server-message.ts';
import type { ExchangeIo, PipedOutcome } from '../../mcp/message.ts';
import type { BodyFlow, BodyTaker, EgressHead, PieceFate } from '../../upstream/egress.ts';
import { isJson } from './endpoint.ts';

/** Answers from this length on go to the client while they come, when they may. */
const PIPED_BYTES_MIN = 16 * 1024;

/**
 * Takes the JSON answer to one request straight from the socket: a small one is read in the same
 * turn, a large complete result goes through the request's pipe, piece by piece. What it refuses
 * is read from the response.
 */
export class AnswerTaker implements BodyTaker {
  readonly #id: number;
  readonly #io: ExchangeIo;
  /** The least length of a result that is piped; undefined where none may be. */
  readonly #pipedBytesMin: number | undefined;
  #flow: BodyFlow | undefined;
  #bodyBytes: number | undefined;
  #scanner: ResultScanner | undefined;
  #seenBytes = 0;
  #resultBytes = 0;
  /** The answer, once a small one was read. */
  answer: ServerAnswer | undefined;

  constructor(id: number, method: string, io: ExchangeIo) {
    this.#id = id;
    this.#io = io;
    this.#pipedBytesMin = io.pipe === undefined ? undefined : pipedBytesMin(method);
  }

  accepts({ status, headers, bodyBytes }: EgressHead, flow: BodyFlow): boolean {
    if (status !== 200 || !isJson({ headers })) return false;
    this.#flow = flow;
    this.#bodyBytes = bodyBytes;
    return true;
  }

  piece(bytes: Buffer): PieceFate {
    if (this.#scanner !== undefined) return this.#pass(this.#scanner, bytes);
    const isWhole = bytes.length === this.#bodyBytes;
    if (isWhole && bytes.length < PIPED_BYTES_MIN) {
      this.answer = readAnswer(Buffer.from(bytes), this.#id);
      return 'taken';
    }
    return this.#begin(bytes);
  }

  /** What the answer came to when its result went through the pipe. Throws when it is broken. */
  piped(): PipedOutcome | undefined {
    const scanner = this.#scanner;
    if (scanner === undefined) return undefined;
    const { isDone, id, resultType, isError } = scanner;
    if (!isDone || id !== this.#id || (resultType ?? 'complete') !== 'complete')
      throw otherAnswer();
    return {
      resultType: 'piped',
      bytes: this.#resultBytes,
      isError: isError === true,
      hasResultType: resultType !== undefined,
    };
  }

  /** The first bytes decide: only what looks complete and is large enough is piped. */
  #begin(bytes: Buffer): PieceFate {
    const leastBytes = this.#pipedBytesMin;
    const { pipe } = this.#io;
    const knownBytes = this.#bodyBytes ?? bytes.length;
    if (leastBytes === undefined || knownBytes < leastBytes || pipe === undefined) return 'refused';
    if (knownBytes > limits.upstreamResultBytesMax) return 'refused';
    const scanner = new ResultScanner();
    let own: Buffer | undefined;
    try {
      own = scanner.feed(bytes);
    } catch {
      return 'refused';
    }
    const { id, looksComplete, resultType } = scanner;
    const isOurs = id === undefined || id === this.#id;
    const isComplete = looksComplete && (resultType === undefined || resultType === 'complete');
    if (own === undefined || !isOurs || !isComplete || !pipe.begin()) return 'refused';
    this.#scanner = scanner;
    this.#seenBytes = bytes.length;
    return this.#send(own);
  }

  #pass(scanner: ResultScanner, bytes: Buffer): PieceFate {
    this.#seenBytes += bytes.length;
    if (this.#seenBytes > limits.upstreamResultBytesMax) {
      throw new GatewayError('upstream_failed', 'The service answered more than is accepted.');
    }
    let own: Buffer | undefined;
    try {
      own = scanner.feed(bytes);
    } catch (cause) {
      throw new GatewayError('upstream_failed', 'The service sent a message that is not MCP.', {
        cause,
      });
    }
    return own === undefined || own.length === 0 ? 'taken' : this.#send(own);
  }

  #send(bytes: Buffer): PieceFate {
    const { pipe } = this.#io;
    if (pipe === undefined) return 'taken';
    this.#resultBytes += bytes.length;
    if (pipe.write(bytes)) return 'taken';
    const { flowing } = pipe;
    if (flowing !== undefined) {
      this.#flow?.pause();
      void flowing.then(() => this.#flow?.resume());
    }
    return 'kept';
  }
}

/** Reads a JSON body that must be the answer to this request. */
export function readAnswer(bytes: Buffer, id: number): ServerAnswer {
  const message = readServerMessage(bytes);
  const isAnswer = message.kind === 'result' || message.kind === 'error';
  if (!isAnswer || (message.id !== id && message.id !== undefined)) throw otherAnswer();
  return message;
}

/** Results of calls are nobody else's; what may be kept for others is read whole up to that size. */
function pipedBytesMin(method: string): number | undefined {
  if (method === 'tools/call' || method === 'prompts/get') return PIPED_BYTES_MIN;
  return undefined;
}

function otherAnswer(): GatewayError {
  return new GatewayError('upstream_failed', 'The service answered something else.');
}
