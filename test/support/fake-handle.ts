import type { Admitted } from '../../src/gateway/exchange.ts';
import { JsonBytes } from '../../src/kernel/json-bytes.ts';
import { GatewayError, RpcError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { McpOutcome } from '../../src/mcp/message.ts';

/** A spine that answers by the tool's name, for tests of what stands in front of it. */
export class FakeHandle {
  readonly received: Admitted[] = [];
  /** Ends every listen stream the way a stopping gateway does. */
  endListens: () => void = () => {};

  /** See Gateway.handle. */
  readonly handle = async (received: Admitted): Promise<McpOutcome> => {
    this.received.push(received);
    const { request, io } = received;
    if (request.method === 'server/discover') return discovered;
    if (request.method === 'subscriptions/listen') return await this.#listen(received);
    switch (request.params['name']) {
      case 'hang':
        return await new Promise((_, reject) => {
          io.cancellation.onCancel(() => reject(new GatewayError('cancelled')));
        });
      case 'progress':
        await io.notify({ method: 'notifications/progress', params: { progress: 1 } });
        await io.notify({ method: 'notifications/message', params: { level: 'info' } });
        return complete({ done: true });
      case 'ask':
        return ask(request.params);
      case 'broken':
        throw new Error('SELECT secret');
      case 'refused':
        throw new RpcError(-32602, 'no', { why: 1 });
      case 'lines':
        return {
          resultType: 'complete',
          result: JsonBytes.fromBytes(Buffer.from('{\n "a": "x\\ny"\r\n}')),
        };
      default:
        return complete({ content: [], echo: request.params });
    }
  };

  async #listen({ io }: Admitted): Promise<McpOutcome> {
    const params = { notifications: { toolsListChanged: true } };
    await io.notify({ method: 'notifications/subscriptions/acknowledged', params });
    await io.notify({ method: 'notifications/tools/list_changed', params: {} });
    await new Promise<void>((resolve) => {
      this.endListens = resolve;
      io.cancellation.onCancel(() => resolve());
    });
    if (io.cancellation.reason !== undefined) throw new GatewayError('cancelled');
    return complete({});
  }
}

const discovered = complete({
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {} },
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'fake', version: '1' } },
});

function ask(params: JsonObject): McpOutcome {
  const responses = params['inputResponses'];
  if (responses !== undefined) return complete({ given: responses });
  const elicit = { method: 'elicitation/create', params: { message: 'Name?' } };
  return {
    resultType: 'input_required',
    inputRequests: { who: elicit },
    requestState: 'sealed',
  };
}

function complete(value: JsonObject): McpOutcome {
  return { resultType: 'complete', result: JsonBytes.fromValue(value) };
}
