import { Cancellation } from '../../kernel/cancellation.ts';
import type { EgressResponse } from '../../kernel/egress.ts';
import { HeaderCache } from '../../mcp/client/modern/header-cache.ts';
import {
  modernRequestText,
  type RequestContent,
} from '../../mcp/client/modern/modern-request-text.ts';
import type { ModernExchange, ModernTransport } from '../../mcp/client/modern/modern-transport.ts';
import type { ExchangeIo, McpNotification } from '../../mcp/message.ts';
import type { HeaderPlan } from '../../mcp/wire/header-plan.ts';
import { isEventStream, type Endpoint } from './endpoint.ts';
import { HttpExchange } from './http-exchange.ts';
import { readAnswer, readModernFailure } from './modern-response.ts';
import { readListenStream } from './modern-stream.ts';

/**
 * How requests travel to a modern server over HTTP (2026-07-28 basic/transports/streamable-http):
 * one POST each. A small call makes one text, one header lookup and one egress request.
 */
export class ModernHttpTransport implements ModernTransport<EgressResponse> {
  readonly version: string;
  readonly hasHeaders = true;
  readonly #endpoint: Endpoint;
  readonly #headers: HeaderCache;

  constructor(endpoint: Endpoint, version: string) {
    this.version = version;
    this.#endpoint = endpoint;
    this.#headers = new HeaderCache(endpoint.headers, version);
  }

  send(
    id: number,
    request: RequestContent,
    io: ExchangeIo,
    plan: HeaderPlan | undefined,
  ): ModernExchange<EgressResponse> {
    const headers = this.#headers.headersFor(request.method, request.params, plan);
    const body = modernRequestText(id, request, this.version);
    return new HttpExchange(this.#endpoint, id, request, io, headers, body);
  }

  async *listen(
    id: number,
    request: RequestContent,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    // Of its own, because the stream may end before its exchange.
    const cancellation = new Cancellation();
    const undo = io.cancellation.onCancel((reason) => cancellation.cancel(reason));
    const { egress, url } = this.#endpoint;
    const headers = this.#headers.headersFor(request.method, request.params, undefined);
    const body = modernRequestText(id, request, this.version);
    try {
      const response = await egress.request({
        url,
        method: 'POST',
        headers,
        body,
        cancellation,
        idleTimeoutMs: undefined,
      });
      if (response.status !== 200) throw await readModernFailure(response);
      if (isEventStream(response)) yield* readListenStream(response, id);
      else readAnswer(await response.bytes(), id);
    } catch (error) {
      if (cancellation.reason === undefined) throw error;
    } finally {
      undo();
      cancellation.cancel('cancelled');
    }
  }

  /** There is no connection to end: each request has its own. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
