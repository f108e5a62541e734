import { JsonBytes } from '../../src/kernel/json-bytes.ts';
import { RpcError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../src/mcp/message.ts';
import type {
  Discovery,
  ListenFilter,
  Upstream,
  UpstreamCaller,
  UpstreamRequest,
} from '../../src/upstream/contract.ts';

/** Answers one method; what it throws is the upstream's error. */
export type FakeMethod = (
  request: UpstreamRequest,
  io: ExchangeIo,
) => McpOutcome | Promise<McpOutcome>;

/** A finished outcome from a plain value. */
export function complete(value: JsonObject): McpOutcome {
  return { resultType: 'complete', result: JsonBytes.fromValue(value) };
}

/** An upstream that answers from a table, for tests of what stands before it. */
export class FakeUpstream implements Upstream {
  readonly requests: UpstreamRequest[] = [];
  readonly listens: ListenFilter[] = [];
  readonly #methods: Readonly<Record<string, FakeMethod>>;
  readonly #capabilities: JsonObject;
  #emit: ((notification: McpNotification) => void) | undefined;
  disposed = false;

  constructor(methods: Readonly<Record<string, FakeMethod>>, capabilities?: JsonObject) {
    this.#methods = methods;
    this.#capabilities = capabilities ?? { tools: {}, resources: {}, prompts: {} };
  }

  discover(): Promise<Discovery> {
    return Promise.resolve({
      era: 'modern',
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'fake', version: '1' },
      capabilities: this.#capabilities,
      instructions: 'Be fake.',
      listsVaryByCapabilities: false,
    });
  }

  async request(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome> {
    this.requests.push(request);
    const method = this.#methods[request.method];
    if (method === undefined) throw new RpcError(-32601, 'Method not found');
    return await method(request, io);
  }

  /** Sends a notification on the stream that listens now. */
  announce(method: string, params: JsonObject = {}): void {
    this.#emit?.({ method, params });
  }

  async *listen(
    filter: ListenFilter,
    _caller: UpstreamCaller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    this.listens.push(filter);
    const waiting: McpNotification[] = [
      { method: 'notifications/subscriptions/acknowledged', params: {} },
    ];
    let wake = (): void => {};
    this.#emit = (notification) => {
      waiting.push(notification);
      wake();
    };
    io.cancellation.onCancel(() => wake());
    while (io.cancellation.reason === undefined) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    await Promise.resolve();
  }
}
