import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { JsonObject } from '../../../kernel/json.ts';
import { implementation, MODERN_VERSION } from '../../protocol.ts';
import { modernRequestText, type RequestContent } from './modern-request-text.ts';

/** The same message made without tricks. */
function expected(id: number, request: RequestContent): unknown {
  const { _meta, ...params } = request.params;
  const envelope: Record<string, unknown> = {
    'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
    'io.modelcontextprotocol/clientInfo': implementation,
    'io.modelcontextprotocol/clientCapabilities': request.client.capabilities,
  };
  if (request.logLevel !== undefined) {
    envelope['io.modelcontextprotocol/logLevel'] = request.logLevel;
  }
  if (request.wantsProgress) envelope['progressToken'] = id;
  const meta = { ...envelope, ...(_meta as object | undefined) };
  return { jsonrpc: '2.0', id, method: request.method, params: { _meta: meta, ...params } };
}

describe('modernRequestText', () => {
  it('is what plain serialisation would give, for any parameters', () => {
    const name = fc.string().filter((text) => text !== '__proto__');
    const params = fc.dictionary(name, fc.jsonValue(), { maxKeys: 5 });
    const contents = fc.record({
      method: fc.string(),
      params: fc.tuple(params, fc.option(params)).map(([own, meta]) => {
        const { _meta, ...rest } = own;
        return meta === null ? rest : { ...rest, _meta: meta };
      }),
      client: fc.record({ capabilities: params }),
      wantsProgress: fc.boolean(),
      logLevel: fc.constantFrom('debug', 'error'),
    });
    const property = fc.property(contents, fc.nat(), (content, id) => {
      const request = content as unknown as RequestContent & { params: JsonObject };
      const text = modernRequestText(id, request, MODERN_VERSION);
      const plain = JSON.parse(JSON.stringify(expected(id, request))) as unknown;
      assert.deepEqual(JSON.parse(text), plain);
      assert.ok(!text.includes('\n'));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
