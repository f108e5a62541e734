import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { rawNumber } from '../../src/kernel/json-digits.ts';
import { startToolCaller, type ToolCaller } from './autorest/tool-caller.ts';

const long = '9223372036854775807';
const int64 = { type: 'integer', format: 'int64' };

describe('ids of 64 bits, from the client to the API and back', () => {
  const arrived: string[] = [];
  const api = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      arrived.push(`${request.url} ${Buffer.concat(chunks).toString()}`);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"id":${long},"small":1}`);
    });
  });
  let gateway: ToolCaller;

  before(async () => {
    await new Promise<void>((resolve) => {
      api.listen(0, '127.0.0.1', resolve);
    });
    gateway = await startToolCaller();
    const schema = { type: 'object', properties: { id: int64 } };
    await gateway.register('accounts', {
      baseUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      document: {
        openapi: '3.1.0',
        info: { title: 'Accounts', version: '1' },
        paths: {
          '/accounts/{id}': {
            put: {
              operationId: 'put',
              parameters: [{ name: 'id', in: 'path', required: true, schema: int64 }],
              requestBody: { content: { 'application/json': { schema } } },
            },
          },
        },
      },
    });
  });

  after(async () => {
    await gateway[Symbol.asyncDispose]();
    api.closeAllConnections();
    api.close();
  });

  test('as JSON numbers and as text', async () => {
    for (const id of [long, `"${long}"`]) {
      arrived.length = 0;
      const result = await gateway.call('accounts', 'put', `{"id":${id},"body":{"id":${id}}}`);
      assert.deepEqual(arrived, [`/accounts/${long} {"id":${long}}`]);
      assert.deepEqual(result['structuredContent'], { id: long, small: 1 });
    }
  });

  test('set by the registration, in its document and beside it', async () => {
    const id = rawNumber(long);
    await gateway.register('fixed', {
      baseUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      document: {
        openapi: '3.1.0',
        info: { title: 'Fixed', version: '1' },
        paths: {
          '/fixed': {
            put: {
              operationId: 'put',
              parameters: [
                { name: 'a', in: 'query', required: true, schema: { ...int64, default: id } },
                { name: 'b', in: 'query', schema: int64 },
                { name: 'c', in: 'query', schema: int64 },
              ],
            },
          },
        },
      },
      tools: { put: { fixed: { b: id }, defaults: { c: id } } },
    });
    arrived.length = 0;
    await gateway.call('fixed', 'put', '{}');
    assert.deepEqual(arrived, [`/fixed?a=${long}&b=${long}&c=${long} `]);
  });
});
