import { Cancellation } from '../../../kernel/cancellation.ts';
import { isJsonObject, type Json } from '../../../kernel/json.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { limits } from '../../../kernel/limits.ts';
import type { RequestId } from '../../json-rpc.ts';
import { idAsJson, notificationText } from '../../wire/message-text.ts';
import type { ExchangeIo, KeptOutcome, McpNotification, ResultPipe } from '../../message.ts';
import type { MessageSink } from '../message-sink.ts';
import { isListen, meta } from '../../protocol.ts';
import type { ModernRequest } from './decode-request.ts';
import { encodeModernResult } from './encode-result.ts';

/** The way back of one modern request: its notifications go where its answer will go. */
export class ModernIo implements ExchangeIo {
  readonly cancellation = new Cancellation();
  readonly deadlineMs: number;
  readonly isListen: boolean;
  readonly pipe?: ResultPipe;
  notified = 0;
  readonly #id: RequestId;
  readonly #decoded: ModernRequest;
  readonly #sink: MessageSink | undefined;

  /** Without a sink the client takes an answer and nothing before it. */
  constructor(
    id: RequestId,
    decoded: ModernRequest,
    sink: MessageSink | undefined,
    pipe?: ResultPipe,
  ) {
    if (pipe !== undefined) this.pipe = pipe;
    this.#id = id;
    this.#decoded = decoded;
    this.#sink = sink;
    this.isListen = isListen(decoded.request);
    this.deadlineMs = this.isListen ? Number.MAX_SAFE_INTEGER : Date.now() + limits.exchangeTotalMs;
  }

  notify({ method, params }: McpNotification): Promise<void> | undefined {
    if (this.#sink === undefined || this.cancellation.reason !== undefined) return undefined;
    const { progressToken, request } = this.#decoded;
    let sent: Json = params;
    if (method === 'notifications/progress') {
      if (progressToken === undefined) return undefined;
      sent = { ...params, progressToken };
    } else if (method === 'notifications/message' && request.logLevel === undefined) {
      return undefined;
    }
    if (this.isListen) {
      const own = isJsonObject(params['_meta']) ? params['_meta'] : {};
      sent = { ...params, _meta: { ...own, [meta.subscriptionId]: idAsJson(this.#id) } };
    }
    this.notified++;
    return this.#sink.message(notificationText(method, sent));
  }

  /** The result object of the response; the one that ends a subscription names it. */
  encode(outcome: KeptOutcome): JsonBytes {
    const encoded = encodeModernResult(this.#decoded.request.method, outcome);
    if (!this.isListen) return encoded;
    return encoded.withMember(
      '_meta',
      JSON.stringify({ [meta.subscriptionId]: idAsJson(this.#id) }),
    );
  }
}
