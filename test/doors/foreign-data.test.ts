import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createMCPClient } from '@ai-sdk/mcp';
import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { HttpEgress } from '../../src/egress/http-egress.ts';
import { startLegacyAnswers, type LegacyAnswers } from '../support/mcp-http/legacy-answers.ts';
import { openHttp } from '../support/mcp-http/open-http.ts';
import { startDoors, testKeys, type RunningDoors } from '../support/start-doors.ts';

const object = { type: 'object', properties: {} };

/** One tool for each thing that is wrong somewhere, and one where nothing is. */
const tools = [
  { name: 'fine', inputSchema: object },
  { name: 'bare' },
  { name: 'empty', inputSchema: {} },
  {
    name: 'null',
    inputSchema: null,
    description: null,
    annotations: null,
    _meta: null,
    icons: null,
  },
  {
    name: 'text',
    inputSchema: { type: 'string' },
    annotations: { title: null, readOnlyHint: null },
  },
  { name: 'inside', inputSchema: { type: 'object', properties: { a: {}, required: ['a'] } } },
  { name: 'list', inputSchema: object, outputSchema: { type: 'array' } },
  { name: 'lost', inputSchema: object, outputSchema: { $ref: '#/$defs/none' } },
  {
    name: 'broken',
    inputSchema: object,
    outputSchema: { type: 'object', properties: { a: { pattern: '(' } } },
  },
  { name: 'fine', inputSchema: object },
  { title: 'no name' },
  7,
];
const results: Readonly<Record<string, unknown>> = {
  fine: { content: [{ type: 'text', text: 'ok' }] },
  bare: {},
  empty: { content: null, structuredContent: { a: 1 } },
  null: {
    content: [{ type: 'text', text: 'ok', annotations: null }],
    structuredContent: null,
    isError: null,
    _meta: null,
  },
  text: { content: 'ok' },
  inside: { content: [{ type: 'strange', a: 1 }], resultType: 'input_required', requestState: 's' },
  list: { structuredContent: [1] },
  lost: { content: ['ok'] },
  broken: { content: [], structuredContent: { a: 'x' } },
};
const whole = ['fine', 'bare', 'empty', 'null', 'text', 'inside', 'list', 'lost', 'broken'];

describe('what strange servers say', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  let server: LegacyAnswers;
  let doors: RunningDoors;
  const headers = { authorization: `Bearer ${testKeys.a}` };
  before(async () => {
    server = await startLegacyAnswers(
      { tools: {}, prompts: {}, resources: {} },
      {
        'tools/list': ({ cursor }) =>
          cursor === undefined ? { tools, nextCursor: '' } : { tools: [] },
        'tools/call': ({ name }) => results[String(name)],
        'prompts/list': () => ({
          prompts: [{ name: 'p', arguments: null }, { name: 'p' }, null],
          nextCursor: null,
        }),
        'prompts/get': () => ({ description: null, messages: [{ role: 'user', content: 'hi' }] }),
        'resources/list': () => ({
          resources: [{ uri: 'x://1', name: null, size: null }, { name: 'none' }],
        }),
        'resources/templates/list': () => ({ resourceTemplates: null }),
        'resources/read': () => ({ contents: { text: 'a', mimeType: null } }),
      },
    );
    doors = await startDoors();
    await doors.add('odd', (await openHttp(egress, server.url)).upstream);
  });
  after(async () => {
    await doors[Symbol.asyncDispose]();
    await egress[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  for (const path of ['/mcp', '/mcp/odd']) {
    const nameOf = (name: string): string => (path === '/mcp' ? `odd__${name}` : name);

    for (const generation of ['first', 'second'] as const) {
      it(`is listed and called by the ${generation} official client on ${path}`, async () => {
        const url = new URL(`${doors.url}${path}`);
        const own = { name: 'strict', version: '1' };
        const first = new Client(own);
        const second = new SecondClient(own);
        const client = generation === 'first' ? first : second;
        if (generation === 'first') {
          await first.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
        } else await second.connect(new SecondTransport(url, { requestInit: { headers } }));
        const listed = (await client.listTools()).tools.map(({ name }) => name);
        assert.deepEqual(listed, whole.map(nameOf));
        for (const name of whole) {
          const result = await client.callTool({ name: nameOf(name), arguments: {} });
          assert.ok(Array.isArray(result['content']), name);
        }
        assert.equal((await client.listPrompts()).prompts.length, 1);
        assert.equal((await client.getPrompt({ name: nameOf('p') })).messages.length, 1);
        assert.equal((await client.listResources()).resources.length, 1);
        assert.equal((await client.listResourceTemplates()).resourceTemplates.length, 0);
        assert.equal((await client.readResource({ uri: 'x://1' })).contents.length, 1);
        await client.close();
      });
    }

    it(`is listed and called by ai-sdk on ${path}`, async () => {
      const url = `${doors.url}${path}`;
      const client = await createMCPClient({ transport: { type: 'http', url, headers } });
      const listed = await client.tools();
      assert.deepEqual(Object.keys(listed), whole.map(nameOf));
      for (const name of whole) {
        const tool = listed[nameOf(name)];
        const result = await tool?.execute({}, {
          toolCallId: 'c',
          messages: [],
          context: {},
        } as never);
        assert.ok(Array.isArray((result as { content?: unknown }).content), name);
      }
      await client.close();
    });
  }

  it('is told to the owner of the service', () => {
    const live = [...doors.catalog.snapshot(doors.tenant).services][0];
    const found = live?.diagnostics.map(({ code, operation }) => `${code} ${operation}`) ?? [];
    for (const one of [
      'item_repeated fine',
      'item_unnamed tool 11',
      'item_invalid tool 12',
      'item_mended text',
    ]) {
      assert.ok(found.includes(one), `${one} in ${found.join(', ')}`);
    }
    assert.ok(found.includes('list_cut_short tools/list'));
  });
});
