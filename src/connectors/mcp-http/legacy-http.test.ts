import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import {
  startLegacyHttpServer,
  type LegacyHttpServer,
} from '../../../test/support/mcp-http/legacy-http-server.ts';
import { openHttp, type OpenedHttp } from '../../../test/support/mcp-http/open-http.ts';
import { testIo, toolCall, toolText } from '../../../test/support/mcp-stdio/harness.ts';
import { until } from '../../../test/support/until.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import type { McpNotification, McpOutcome } from '../../mcp/message.ts';
import { callerOf } from '../../upstream/upstream.ts';

const client = { elicitation: { form: {} } };
const soon = (ms = 40): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a legacy server over HTTP', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  let server: LegacyHttpServer;
  let opened: OpenedHttp;
  after(() => egress[Symbol.asyncDispose]());
  beforeEach(async () => {
    server = await startLegacyHttpServer();
    opened = await openHttp(egress, server.url);
  });
  afterEach(async () => {
    await opened.upstream[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const call = (name: string, args = {}, capabilities = {}, more = {}): Promise<McpOutcome> =>
    opened.upstream.request(toolCall(name, args, capabilities, more), testIo());

  it('is found by its answer to the question for its era', async () => {
    const found = await opened.upstream.discover(new AbortController().signal);
    assert.equal(found.era, 'legacy');
    assert.equal(server.of('server/discover').length, 1);
    assert.equal(toolText(await call('echo', { a: 1 })), '{"a":1}');
    assert.equal(server.of('server/discover').length, 1);
  });

  it('gets its session id and version with every request after the first', async () => {
    await call('echo');
    const [first] = server.of('initialize');
    assert.equal(first?.headers['mcp-session-id'], undefined);
    const later = server.seen.filter(({ message }) => message.method === 'tools/call');
    assert.equal(later[0]?.headers['mcp-session-id'], 'session-1');
    assert.equal(later[0]?.headers['mcp-protocol-version'], '2025-11-25');
    const order = server.seen.map(({ message }) => message.method);
    assert.ok(order.indexOf('notifications/initialized') < order.indexOf('tools/call'));
  });

  it('opens one session per caller and profile, and ends them', async () => {
    await Promise.all([call('echo'), call('echo'), call('echo', {}, client)]);
    const other = { ...toolCall('echo'), caller: callerOf('t', 'other') };
    await opened.upstream.request(other, testIo());
    assert.equal(server.of('initialize').length, 3);
    await opened.upstream[Symbol.asyncDispose]();
    assert.equal(server.sessions.size, 0);
  });

  for (const tool of ['ask', 'askElsewhere']) {
    it(`parks a call that asks for input: ${tool}`, async () => {
      await call('echo', {}, client);
      while (server.streams.size === 0) await soon(5);
      const asked = await call(tool, {}, client);
      assert.equal(asked.resultType, 'input_required');
      const key = Object.keys(asked.inputRequests ?? {})[0] as string;
      const inputResponses = { [key]: { action: 'accept', content: {} } };
      const { requestState } = asked;
      const done = await call(tool, {}, client, { inputResponses, requestState });
      assert.equal(toolText(done), '{"action":"accept","content":{}}');
      assert.equal(server.of('tools/call').length, 2);
    });
  }

  it('hands on what comes on the stream of a call', async () => {
    const seen: McpNotification[] = [];
    const request = { ...toolCall('progress'), wantsProgress: true, logLevel: 'info' };
    await opened.upstream.request(request, testIo(seen));
    const methods = seen.map(({ method }) => method);
    assert.deepEqual(methods, ['notifications/progress', 'notifications/message']);
    assert.deepEqual(seen[0]?.params, { progress: 1 });
  });

  it('resumes a broken call stream whose events had ids', async () => {
    assert.equal(toolText(await call('drop')), 'resumed');
    const resumed = server.seen.filter(({ headers }) => headers['last-event-id'] !== undefined);
    assert.equal(resumed.length, 1);
    assert.equal(server.of('tools/call').length, 1);
  });

  it('fails a call whose stream broke for good, and one answered with garbage', async () => {
    await assert.rejects(call('breaks'), { code: 'upstream_failed' });
    await assert.rejects(call('garbage'), { code: 'upstream_failed' });
    assert.equal(server.of('tools/call').length, 2);
  });

  it('tells the server of a cancelled call', async () => {
    const io = testIo();
    const running = opened.upstream.request(toolCall('never'), io);
    while (server.of('tools/call').length === 0) await soon(5);
    io.cancellation.cancel('client_gone');
    await assert.rejects(running, { code: 'cancelled' });
    await until(() => server.of('notifications/cancelled').length > 0);
    const [told] = server.of('notifications/cancelled');
    assert.equal(told?.message.params?.['requestId'], server.of('tools/call')[0]?.message.id);
  });

  it('streams changes from the GET stream', async () => {
    const io = testIo();
    const filter = { toolsListChanged: true, resourceSubscriptions: ['test://w'] };
    const seen: McpNotification[] = [];
    const listening = (async () => {
      for await (const one of opened.upstream.listen(filter, toolCall('x').caller, io)) {
        seen.push(one);
        if (seen.length === 2) io.cancellation.cancel('client_gone');
      }
    })();
    while (server.streams.size === 0) await soon(5);
    await soon();
    await call('change');
    await listening;
    assert.equal(server.of('resources/subscribe').length, 1);
    assert.ok(opened.changes.length >= 2);
    await soon();
    assert.equal(server.of('resources/unsubscribe').length, 1);
  });
});

describe('a legacy server over HTTP that forgot its sessions', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  after(() => egress[Symbol.asyncDispose]());

  for (const unknownSession of [404, 400] as const) {
    it(`gets a new one and the request again, after ${unknownSession}`, async () => {
      await using server = await startLegacyHttpServer({ unknownSession });
      const { upstream } = await openHttp(egress, server.url);
      await using _closing = upstream;
      await upstream.request(toolCall('echo'), testIo());
      server.sessions.clear();
      const calls = [1, 2, 3].map((n) => upstream.request(toolCall('echo', { n }), testIo()));
      assert.equal((await Promise.all(calls)).length, 3);
      assert.equal(server.of('initialize').length, 2);
    });
  }

  it('fails a call that waits for input, rather than making it twice', async () => {
    await using server = await startLegacyHttpServer();
    const { upstream } = await openHttp(egress, server.url);
    await using _closing = upstream;
    const asked = await upstream.request(toolCall('ask', {}, client), testIo());
    assert.equal(asked.resultType, 'input_required');
    server.sessions.clear();
    const keys = Object.keys(asked.inputRequests ?? {});
    const inputResponses = { [keys[0] as string]: { action: 'accept' } };
    const { requestState } = asked;
    const retry = toolCall('ask', {}, client, {
      inputResponses,
      requestState: requestState as string,
    });
    await assert.rejects(upstream.request(retry, testIo()), { code: 'upstream_failed' });
    assert.equal(server.of('tools/call').length, 1);
  });
});

describe('the era of a server over HTTP', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  after(() => egress[Symbol.asyncDispose]());

  for (const discoverStatus of [400, 404, 405, 406]) {
    it(`is legacy after HTTP ${discoverStatus}`, async () => {
      await using server = await startLegacyHttpServer({ discoverStatus, hasServerStream: false });
      const { upstream } = await openHttp(egress, server.url);
      await using _closing = upstream;
      const found = await upstream.discover(new AbortController().signal);
      assert.equal(found.era, 'legacy');
    });
  }

  for (const [discoverStatus, code] of [
    [401, 'upstream_failed'],
    [403, 'upstream_failed'],
    [429, 'upstream_unavailable'],
    [500, 'upstream_failed'],
    [503, 'upstream_unavailable'],
  ] as const) {
    it(`is not decided by HTTP ${discoverStatus}`, async () => {
      await using server = await startLegacyHttpServer({ discoverStatus });
      const { upstream } = await openHttp(egress, server.url);
      await using _closing = upstream;
      await assert.rejects(upstream.discover(new AbortController().signal), { code });
      assert.equal(server.of('initialize').length, 0);
    });
  }
});
