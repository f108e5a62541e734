import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import {
  announce,
  endSubscriptions,
  startModernHttpServer,
  type ModernHttpServer,
} from '../../../test/support/mcp-http/modern-http-server.ts';
import { openHttp, type OpenedHttp } from '../../../test/support/mcp-http/open-http.ts';
import {
  rejectsWith,
  testIo,
  toolCall,
  toolText,
} from '../../../test/support/mcp-stdio/harness.ts';
import { sendJson, startHttpFixture } from '../../../test/support/mcp-http/http-fixture.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpNotification, McpOutcome } from '../../mcp/message.ts';

const soon = (ms = 40): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const headersOf = { headers: { Authorization: 'Bearer ${TOKEN}' } };

describe('a modern server over HTTP', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  let server: ModernHttpServer;
  let opened: OpenedHttp;
  after(() => egress[Symbol.asyncDispose]());
  beforeEach(async () => {
    server = await startModernHttpServer();
    opened = await openHttp(egress, server.url, headersOf, { TOKEN: 't0' });
  });
  afterEach(async () => {
    await opened.upstream[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const call = (name: string, args = {}, capabilities = {}, more = {}): Promise<McpOutcome> =>
    opened.upstream.request(toolCall(name, args, capabilities, more), testIo());

  it('is discovered', async () => {
    const found = await opened.upstream.discover(new AbortController().signal);
    assert.equal(found.era, 'modern');
    assert.deepEqual(found.serverInfo, { name: 'modern', version: '1' });
    assert.equal(found.listsVaryByCapabilities, false);
  });

  it('gets headers that match the body, and the envelope', async () => {
    const outcome = await call('seen', {}, { roots: {} }, { _meta: { own: 1 } });
    const [headers, meta] = JSON.parse(toolText(outcome)) as Record<string, unknown>[];
    assert.equal(headers?.['mcp-protocol-version'], '2026-07-28');
    assert.equal(headers?.['mcp-method'], 'tools/call');
    assert.equal(headers?.['mcp-name'], 'seen');
    assert.equal(headers?.['authorization'], 'Bearer t0');
    assert.equal(headers?.['accept'], 'application/json, text/event-stream');
    assert.equal(meta?.['own'], 1);
    assert.deepEqual(meta?.['io.modelcontextprotocol/clientCapabilities'], { roots: {} });
    assert.equal(meta?.['io.modelcontextprotocol/protocolVersion'], '2026-07-28');
    assert.equal(meta?.['progressToken'], undefined);
  });

  it('hands a valid trace on and no other', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const traced = await call('seen', {}, {}, { _meta: { traceparent } });
    assert.match(toolText(traced), new RegExp(`"traceparent":"${traceparent}".*"own"|traceparent`));
    const [headers] = JSON.parse(toolText(traced)) as Record<string, unknown>[];
    assert.equal(headers?.['traceparent'], traceparent);
    const odd = await call('seen', {}, {}, { _meta: { traceparent: 'x\r\ny: z' } });
    const [others] = JSON.parse(toolText(odd)) as Record<string, unknown>[];
    assert.equal(others?.['traceparent'], undefined);
  });

  it('answers from an event stream, notifications first', async () => {
    const seen: McpNotification[] = [];
    const request = { ...toolCall('stream'), wantsProgress: true, logLevel: 'error' };
    assert.equal(toolText(await opened.upstream.request(request, testIo(seen))), 'streamed');
    assert.deepEqual(
      seen.map(({ method, params }) => [method, params['progress'] ?? params['level']]),
      [
        ['notifications/progress', 1],
        ['notifications/message', 'error'],
      ],
    );
    const silent: McpNotification[] = [];
    await opened.upstream.request(toolCall('stream'), testIo(silent));
    assert.deepEqual(silent, []);
  });

  it('may keep its stream open after the answer for a moment only', async () => {
    assert.equal(toolText(await call('endless')), 'answered');
  });

  it('is called with the arguments it wants mirrored', async () => {
    assert.equal(toolText(await call('mirror', { region: 'eu' })), 'eu');
    const [sent] = server.of('tools/call');
    assert.equal(sent?.headers['mcp-param-region'], 'eu');
    await call('mirror', { region: 'Grüße' });
    const value = server.of('tools/call')[1]?.headers['mcp-param-region'];
    assert.equal(value, `=?base64?${Buffer.from('Grüße').toString('base64')}?=`);
  });

  it('is listed again when it wants other headers, and then called once more', async () => {
    await call('mirror', { region: 'eu' });
    server.header = 'zone';
    assert.equal(toolText(await call('mirror', { region: 'eu' })), 'eu');
    server.header = 'nowhere';
    await call('mirror', { region: 'eu' });
    await assert.rejects(call('mirror', {}), { code: 'upstream_failed' });
  });

  it('loses the tools whose annotations are invalid, and nothing else', async () => {
    const list = { ...toolCall('x'), method: 'tools/list', params: {} };
    const outcome = await opened.upstream.request(list, testIo());
    assert.equal(outcome.resultType, 'complete');
    const { tools, nextCursor } = outcome.result.value;
    assert.deepEqual(tools, [
      { name: 'echo', inputSchema: { type: 'object' }, vendor: { kept: true } },
    ]);
    assert.equal(nextCursor, '2');
  });

  it('is sent once more what it refused for a version that it names itself', async () => {
    await assert.rejects(call('version'), { code: 'upstream_failed' });
    assert.equal(server.of('tools/call').length, 2);
  });

  it('asks for input and takes it', async () => {
    const asked = await call('ask', {}, { elicitation: {} });
    assert.equal(asked.resultType, 'input_required');
    assert.equal(asked.requestState, 's');
    const more = { inputResponses: { who: { action: 'accept' } }, requestState: 's' };
    const done = await call('ask', {}, { elicitation: {} }, more);
    assert.equal(toolText(done), '[{"who":{"action":"accept"}},"s"]');
  });

  it('answers with a task only to clients that know tasks', async () => {
    const extensions = { 'io.modelcontextprotocol/tasks': {} };
    const outcome = await call('task', {}, { extensions });
    assert.equal(outcome.resultType, 'extension');
    await assert.rejects(call('task'), { code: 'upstream_failed' });
  });

  for (const [name, code] of [
    ['odd', 'upstream_failed'],
    ['wrongId', 'upstream_failed'],
    ['badJson', 'upstream_failed'],
    ['html', 'upstream_failed'],
    ['breaks', 'upstream_failed'],
    ['busy', 'upstream_unavailable'],
  ] as const) {
    it(`fails in the gateway's words: ${name}`, async () => {
      await assert.rejects(call(name), { code });
      assert.equal(server.of('tools/call').length, 1);
    });
  }

  it('is asked once more when it refuses the version it says it speaks', async () => {
    await assert.rejects(call('version'), { code: 'upstream_failed' });
    assert.equal(server.of('tools/call').length, 2);
  });

  it("lets the server's own errors through", async () => {
    await rejectsWith(call('capability'), -32021);
    const unknown = { ...toolCall('x'), method: 'prompts/list', params: {} };
    await rejectsWith(opened.upstream.request(unknown, testIo()), -32601);
  });

  it('is told of a cancelled exchange by the end of its stream', async () => {
    const io = testIo();
    const running = opened.upstream.request(toolCall('never'), io);
    while (server.of('tools/call').length === 0) await soon(5);
    io.cancellation.cancel('client_gone');
    await assert.rejects(running, { code: 'cancelled' });
    await soon();
    assert.deepEqual(server.aborted, ['never']);
  });

  it('streams the changes that are listened to', async () => {
    const seen: McpNotification[] = [];
    const filter = { toolsListChanged: true, resourceSubscriptions: ['test://a'] };
    const { caller } = toolCall('x');
    const listening = (async () => {
      for await (const one of opened.upstream.listen(filter, caller, testIo())) seen.push(one);
    })();
    while (server.listeners.size === 0) await soon(5);
    announce(server, 'notifications/tools/list_changed');
    announce(server, 'notifications/resources/updated', { uri: 'test://a' });
    await soon();
    endSubscriptions(server);
    await listening;
    assert.deepEqual(seen, [
      { method: 'notifications/tools/list_changed', params: {} },
      { method: 'notifications/resources/updated', params: { uri: 'test://a' } },
    ]);
    const [sent] = server.of('subscriptions/listen');
    assert.deepEqual(sent?.message.params?.['notifications'], filter);
  });

  it('ends a listener with its exchange, and tells it when the stream broke', async () => {
    const { caller } = toolCall('x');
    const io = testIo();
    const quiet = (async () => {
      for await (const _ of opened.upstream.listen({}, caller, io));
    })();
    while (server.listeners.size === 0) await soon(5);
    io.cancellation.cancel('client_gone');
    await quiet;
    await soon();
    assert.equal(server.listeners.size, 0);
    const broken = (async () => {
      for await (const _ of opened.upstream.listen({}, caller, testIo()));
    })();
    while (server.listeners.size === 0) await soon(5);
    for (const response of server.listeners.keys()) response.destroy();
    await assert.rejects(broken, { code: 'upstream_failed' });
  });
});

describe('a modern server over HTTP that announces changes', () => {
  it('is listened to from its discovery until it is closed', async () => {
    await using egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
    await using server = await startModernHttpServer({ tools: { listChanged: true } });
    const { upstream, changes } = await openHttp(egress, server.url);
    await upstream.discover(new AbortController().signal);
    while (server.listeners.size === 0) await soon(5);
    announce(server, 'notifications/tools/list_changed');
    await soon();
    assert.deepEqual(changes, [{ kind: 'lists', lists: ['tools'] }]);
    await upstream[Symbol.asyncDispose]();
    await soon();
    assert.equal(server.listeners.size, 0);
  });
});

describe('a modern server over HTTP whose list has no end', () => {
  it('is read so far and no further, and called all the same', async () => {
    await using egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
    let pages = 0;
    await using server = await startHttpFixture(({ id, method }, response) => {
      pages += method === 'tools/list' ? 1 : 0;
      const listed = { resultType: 'complete', tools: [], nextCursor: `${pages}` };
      const called = { resultType: 'complete', content: [{ type: 'text', text: 'called' }] };
      sendJson(response, 200, { id, result: method === 'tools/list' ? listed : called });
    });
    const { upstream } = await openHttp(egress, server.url, { era: 'modern' });
    assert.equal(toolText(await upstream.request(toolCall('x'), testIo())), 'called');
    assert.equal(pages, limits.listPagesMax);
    await upstream[Symbol.asyncDispose]();
  });
});

describe('the configuration of an HTTP service', () => {
  it('refuses what the gateway sets itself, and URLs that are none', async () => {
    const { mcpHttpConnector } = await import('./connector.ts');
    const parses = (value: unknown): boolean => mcpHttpConnector.config.safeParse(value).success;
    const url = 'https://example.com/mcp?x=1';
    assert.ok(parses({ url, headers: { 'X-Key': 'a ${B}' } }));
    for (const headers of [{ Host: 'a' }, { 'Mcp-Name': 'a' }, { 'a b': 'c' }, { a: 'b\r\nc' }]) {
      assert.ok(!parses({ url, headers }));
    }
    for (const bad of ['ftp://a/', 'https://u:p@a/', 'https://a/#b', 'a']) {
      assert.ok(!parses({ url: bad }));
    }
    assert.ok(!parses({ url, unknown: 1 }));
  });
});
