import type { AnswerSink } from '../../../mcp/server/legacy/legacy-server-session.ts';
import type { ReplayStream } from '../../../mcp/server/legacy/replay-stream.ts';
import { errorResponse, resultText } from '../../../mcp/wire/message-text.ts';
import { rpcErrorObject, type ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { attachReply } from './legacy-answer.ts';
import type { Reply } from '../../listener/reply.ts';

/** The answer to a batch: one stream with every response, ended after the last of them. */
export class BatchAnswer {
  readonly #context: ErrorContext;
  readonly #stream: ReplayStream;
  #open: number;

  constructor(context: ErrorContext, reply: Reply, stream: ReplayStream, requests: number) {
    this.#context = context;
    this.#stream = stream;
    this.#open = requests;
    attachReply(reply, stream, undefined, false);
  }

  /** Where one request of the batch is answered. */
  sink(): AnswerSink {
    const stream = this.#stream;
    return {
      message: (text) => stream.message(text),
      result: (id, result) => this.#answered(resultText(id, result.bytes.toString('utf8'))),
      error: (id, error) => this.#answered(errorResponse(id, rpcErrorObject(this.#context, error))),
      cancelled: () => this.#answered(undefined),
    };
  }

  #answered(message: string | undefined): void {
    if (message !== undefined) void this.#stream.message(message);
    this.#open--;
    if (this.#open === 0) this.#stream.end();
  }
}
