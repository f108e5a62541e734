import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import {
  checkAnswerBytes,
  PIPED_BYTES_MIN,
  pipeFor,
  PipedResult,
} from '../../mcp/client/piped-result.ts';
import { readServerMessage, type ServerAnswer } from '../../mcp/client/server-message.ts';
import type { ExchangeIo, PipedOutcome, ResultPipe } from '../../mcp/message.ts';
import type { BodyFlow, BodyTaker, EgressHead, PieceFate } from '../../upstream/egress.ts';
import { isJson } from './endpoint.ts';

/**
 * Takes the JSON answer to one request straight from the socket: a small one is read in the same
 * turn, one that fits into the connection's buffer is kept there until it was sent, a larger
 * complete result goes through the request's pipe, piece by piece. What it refuses is read from
 * the response.
 */
export class AnswerTaker implements BodyTaker {
  readonly #id: number;
  readonly #pipe: ResultPipe | undefined;
  #flow: BodyFlow | undefined;
  #bodyBytes: number | undefined;
  /** What came so far, while that is too little to decide on or turned out not to be piped. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #isDecided = false;
  /** After the last piece the connection is another's. */
  #isOver = false;
  #piped: PipedResult | undefined;
  /** Memory that is not this answer's own. */
  #kept: Buffer | undefined;
  #answer: ServerAnswer | undefined;

  constructor(id: number, method: string, io: ExchangeIo) {
    this.#id = id;
    this.#pipe = pipeFor(method, io);
  }

  accepts({ status, headers, bodyBytes }: EgressHead, flow: BodyFlow): boolean {
    if (status !== 200 || !isJson({ headers })) return false;
    this.#flow = flow;
    this.#bodyBytes = bodyBytes;
    return true;
  }

  piece(bytes: Buffer, mayAwait: boolean): PieceFate {
    if (this.#piped !== undefined) return this.#fate(this.#piped.pass(bytes));
    if (this.#held !== undefined) return this.#hold(this.#held, bytes);
    const bodyBytes = this.#bodyBytes;
    if (bytes.length === bodyBytes && bytes.length < PIPED_BYTES_MIN) {
      this.#answer = readAnswer(Buffer.from(bytes), this.#id);
      return 'taken';
    }
    if (this.#pipe !== undefined && bytes.length === bodyBytes) return this.#keep(bytes);
    if (this.#pipe !== undefined && mayAwait) return 'awaiting';
    if (bytes.length >= PIPED_BYTES_MIN) return this.#begin(bytes) ?? 'refused';
    const isLong = bodyBytes === undefined || bodyBytes >= PIPED_BYTES_MIN;
    if (isLong && this.#pipe === undefined) return 'refused';
    this.#held = [];
    return this.#hold(this.#held, bytes);
  }

  /** The answer, unless it is in the response. Throws GatewayError when it is broken. */
  end(): ServerAnswer | PipedOutcome | undefined {
    this.#isOver = true;
    if (this.#piped !== undefined) return this.#piped.end();
    if (this.#held === undefined) return this.#answer;
    return readAnswer(Buffer.concat(this.#held, this.#heldBytes), this.#id);
  }

  /**
   * Gives the memory of the answer back to who read it. Whoever calls it has sent the answer and
   * nobody else holds it; undefined when the memory is the answer's own.
   */
  get release(): (() => void) | undefined {
    return this.#kept === undefined ? undefined : () => this.#giveBack();
  }

  /** An answer that stands whole in the memory it was read into stays there. */
  #keep(bytes: Buffer): PieceFate {
    this.#answer = readAnswer(bytes, this.#id);
    if (this.#answer.kind === 'error') return 'taken';
    this.#kept = bytes;
    return 'kept';
  }

  #giveBack(): void {
    if (this.#kept !== undefined) this.#flow?.giveBack(this.#kept);
    this.#kept = undefined;
  }

  #hold(held: Buffer[], bytes: Buffer): PieceFate {
    this.#heldBytes += bytes.length;
    checkAnswerBytes(this.#heldBytes);
    held.push(Buffer.from(bytes));
    if (this.#isDecided || this.#heldBytes < PIPED_BYTES_MIN) return 'taken';
    this.#isDecided = true;
    return this.#begin(Buffer.concat(held, this.#heldBytes)) ?? 'taken';
  }

  #begin(bytes: Buffer): PieceFate | undefined {
    if (this.#pipe === undefined) return undefined;
    if ((this.#bodyBytes ?? 0) > limits.upstreamResultBytesMax) return undefined;
    const begun = PipedResult.begin(bytes, this.#id, this.#pipe);
    if (begun === undefined) return undefined;
    this.#piped = begun.result;
    this.#held = undefined;
    return this.#fate(begun.isTaken);
  }

  #fate(isTaken: boolean): PieceFate {
    if (isTaken) return 'taken';
    const flowing = this.#piped?.flowing;
    if (flowing !== undefined) {
      this.#flow?.pause();
      void flowing.then(() => {
        if (!this.#isOver) this.#flow?.resume();
      });
    }
    return 'kept';
  }
}

/** Reads a JSON body that must be the answer to this request. */
export function readAnswer(bytes: Buffer, id: number): ServerAnswer {
  const message = readServerMessage(bytes);
  const isAnswer = message.kind === 'result' || message.kind === 'error';
  if (!isAnswer || (message.id !== id && message.id !== undefined)) {
    throw new GatewayError('upstream_failed', 'The service answered something else.');
  }
  return message;
}
