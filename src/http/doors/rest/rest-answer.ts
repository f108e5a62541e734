import type { ServerResponse } from 'node:http';
import { PacedWriter, type DuplexLine, type Pace } from '../../../gateway/calls/paced-writer.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { McpNotification } from '../../../mcp/message.ts';
import { oneLine } from '../../../mcp/wire/one-line.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { toProblem } from '../../listener/to-problem.ts';
import { errorHeaders } from '../mcp/answer-error.ts';
import type { ResourcePlace } from '../../../identity/oauth/challenge.ts';
import { restProblem } from './rest-problem.ts';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The answer to a REST call: one JSON body, or for who wants events a stream that ends in it. */
export class RestAnswer {
  readonly #context: ErrorContext;
  readonly #response: ServerResponse;
  readonly #writer: PacedWriter;
  readonly #headers: string[] = [];
  readonly #place: ResourcePlace | undefined;
  #streaming = false;

  constructor(
    context: ErrorContext,
    response: ServerResponse,
    pace: Pace,
    place: ResourcePlace | undefined,
  ) {
    this.#context = context;
    this.#place = place;
    this.#response = response;
    this.#writer = new PacedWriter(lineOf(response), pace);
    response.once('close', () => this.#writer.close());
  }

  /** Takes headers, names and values in turn, for whatever form the answer takes. */
  addHeaders(headers: readonly string[]): void {
    this.#headers.push(...headers);
  }

  /** Sends one event; the stream begins with the first. */
  notify({ method, params }: McpNotification): Promise<void> | undefined {
    const event = method === 'notifications/progress' ? 'progress' : 'log';
    if (method !== 'notifications/progress' && method !== 'notifications/message') return undefined;
    return this.#event(event, Buffer.from(JSON.stringify(params)));
  }

  /** Ends with the body of a finished call; `asEvent` makes it the last event of a stream. */
  result(body: Buffer, asEvent: boolean): void {
    if (!asEvent) this.#body(200, JSON_TYPE, body);
    else {
      void this.#event('result', body);
      this.#response.end();
    }
  }

  /** Ends with a problem; what is unexpected goes to the log with its id. */
  error(thrown: unknown): void {
    const error = restProblem(thrown);
    const problem = toProblem(error, this.#logged(error));
    const body = Buffer.from(JSON.stringify(problem));
    if (this.#streaming) {
      void this.#event('error', body);
      this.#response.end();
    } else this.#body(problem.status, PROBLEM_TYPE, body, errorHeaders(error, this.#place));
  }

  #logged(error: unknown): string | undefined {
    if (error instanceof GatewayError) return undefined;
    const { log, ids } = this.#context;
    const errorId = ids.next('err');
    const stack = error instanceof Error ? error.stack : String(error);
    log.error({ errorId, stack }, 'a REST call failed unexpectedly');
    return errorId;
  }

  #event(event: string, data: Buffer): Promise<void> | undefined {
    if (this.#response.destroyed || this.#response.writableEnded) return undefined;
    if (!this.#streaming) {
      this.#streaming = true;
      const type = ['content-type', 'text/event-stream', 'x-accel-buffering', 'no'];
      const cache = ['cache-control', 'no-cache, no-transform'];
      this.#response.writeHead(200, [...type, ...cache, ...this.#headers]);
    }
    const head = Buffer.from(`event: ${event}\ndata: `);
    return this.#writer.send(Buffer.concat([head, oneLine(data), Buffer.from('\n\n')]));
  }

  #body(status: number, type: string, body: Buffer, more: readonly string[] = []): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    const headers = ['content-type', type, 'content-length', String(body.length)];
    const all = [...headers, 'cache-control', 'no-store', ...more, ...this.#headers];
    this.#response.writeHead(status, all);
    this.#response.end(body);
  }
}

/** A response as something to be paced; its request is read already. */
function lineOf(response: ServerResponse): DuplexLine {
  return {
    write: (message, taken) => void response.write(message, taken),
    queuedBytes: () => response.writableLength,
    pause: () => {},
    resume: () => {},
    cut: () => void response.destroy(),
  };
}
