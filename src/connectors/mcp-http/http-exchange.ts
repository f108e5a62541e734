import { limits } from '../../kernel/limits.ts';
import type {
  BodyFlow,
  BodySink,
  EgressHead,
  EgressHeaders,
  EgressResponse,
  ChunkOutcome,
} from '../../kernel/egress.ts';
import type { RequestContent } from '../../mcp/client/modern/modern-request-text.ts';
import type { ModernAnswer, ModernExchange } from '../../mcp/client/modern/modern-transport.ts';
import {
  checkAnswerBytes,
  PIPED_BYTES_MIN,
  pipeFor,
  PipedResult,
} from '../../mcp/client/piped-result.ts';
import { isSafeMethod } from '../../mcp/client/safe-methods.ts';
import type { ExchangeIo, ResultPipe } from '../../mcp/message.ts';
import type { ServerAnswer } from '../../mcp/wire/server-message.ts';
import { isJson, type Endpoint } from './endpoint.ts';
import { readAnswer, readResponse } from './modern-response.ts';

/**
 * One request to a modern server over HTTP, and its answer. JSON is taken straight from the
 * socket: a small answer is read in the same turn, one that fits into the connection's buffer is
 * kept there until it was sent, a larger complete result goes through the request's pipe, chunk by
 * chunk. What is refused here is read from the response.
 */
export class HttpExchange implements BodySink, ModernExchange<EgressResponse> {
  readonly arrival: Promise<EgressResponse>;
  readonly #id: number;
  readonly #request: RequestContent;
  readonly #io: ExchangeIo;
  readonly #pipe: ResultPipe | undefined;
  #flow: BodyFlow | undefined;
  #bodyBytes: number | undefined;
  /** What came so far, while that is too little to decide on or turned out not to be piped. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #isDecided = false;
  /** After the last chunk the connection is another's. */
  #isOver = false;
  #piped: PipedResult | undefined;
  /** Memory that is not this answer's own. */
  #kept: Buffer | undefined;
  #answer: ServerAnswer | undefined;

  /** Sends the request; `headers` and `body` say the same as `request`. */
  constructor(
    { egress, url }: Endpoint,
    id: number,
    request: RequestContent,
    io: ExchangeIo,
    headers: EgressHeaders,
    body: string,
  ) {
    this.#id = id;
    this.#request = request;
    this.#io = io;
    this.#pipe = pipeFor(request.method, io);
    const { cancellation } = io;
    this.arrival = egress.request({
      url,
      method: 'POST',
      headers,
      body,
      cancellation,
      isSafe: isSafeMethod(request.method),
      sink: this,
    });
  }

  accepts({ status, headers, bodyBytes }: EgressHead, flow: BodyFlow): boolean {
    if (status !== 200 || !isJson({ headers })) return false;
    this.#flow = flow;
    this.#bodyBytes = bodyBytes;
    return true;
  }

  chunk(bytes: Buffer, mayAwait: boolean): ChunkOutcome {
    if (this.#piped !== undefined) return this.#outcome(this.#piped.pass(bytes));
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

  answer(response: EgressResponse): ModernAnswer | Promise<ModernAnswer> {
    this.#isOver = true;
    if (this.#piped !== undefined) return this.#piped.end();
    if (this.#held !== undefined) {
      return readAnswer(Buffer.concat(this.#held, this.#heldBytes), this.#id);
    }
    return this.#answer ?? readResponse(response, this.#id, this.#request, this.#io);
  }

  /** Gives the memory of the answer back to who read it; undefined when it is the answer's own. */
  get release(): (() => void) | undefined {
    return this.#kept === undefined ? undefined : () => this.#release();
  }

  /** An answer that stands whole in the memory it was read into stays there. */
  #keep(bytes: Buffer): ChunkOutcome {
    this.#answer = readAnswer(bytes, this.#id);
    if (this.#answer.kind === 'error') return 'taken';
    this.#kept = bytes;
    return 'kept';
  }

  #release(): void {
    if (this.#kept !== undefined) this.#flow?.release(this.#kept);
    this.#kept = undefined;
  }

  #hold(held: Buffer[], bytes: Buffer): ChunkOutcome {
    this.#heldBytes += bytes.length;
    checkAnswerBytes(this.#heldBytes);
    held.push(Buffer.from(bytes));
    if (this.#isDecided || this.#heldBytes < PIPED_BYTES_MIN) return 'taken';
    this.#isDecided = true;
    return this.#begin(Buffer.concat(held, this.#heldBytes)) ?? 'taken';
  }

  #begin(bytes: Buffer): ChunkOutcome | undefined {
    if (this.#pipe === undefined) return undefined;
    if ((this.#bodyBytes ?? 0) > limits.upstreamResultBytesMax) return undefined;
    const begun = PipedResult.begin(bytes, this.#id, this.#pipe);
    if (begun === undefined) return undefined;
    this.#piped = begun.result;
    this.#held = undefined;
    return this.#outcome(begun.isTaken);
  }

  #outcome(isTaken: boolean): ChunkOutcome {
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
