import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { modernHeaders } from '../../../../test/support/mcp-post.ts';
import { readEvents } from '../../../../test/support/read-events.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';
import {
  initializeRequest,
  legacyRequest,
  modernRequest,
  refusedStatus,
  talkSocket,
} from '../../../../test/support/talk-socket.ts';
import { toolUpstream } from '../../../../test/support/tool-upstream.ts';
import { until } from '../../../../test/support/until.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

const bearer = (key: string = testKeys.a): Record<string, string> => ({
  authorization: `Bearer ${key}`,
});
const withId = (id: unknown) => (message: JsonObject) => message['id'] === id;
const call = (name: string, given: JsonObject = {}): JsonObject => ({ name, arguments: given });

interface Made {
  readonly id: string;
  readonly services: readonly string[] | null;
  readonly endpoints: Readonly<Record<'mcp' | 'sse' | 'messages' | 'ws', string>>;
  readonly sessionHeader?: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

describe('managed sessions', () => {
  const { upstream, ended } = toolUpstream();
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
    await doors.add('two', toolUpstream().upstream);
    await doors.add('three', toolUpstream().upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  const send = (method: string, path: string, body?: unknown, headers = bearer()) =>
    fetch(`${doors.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    });
  const make = async (body: unknown = {}): Promise<Made> => {
    const answer = await send('POST', '/sessions', body);
    assert.equal(answer.status, 201);
    return (await answer.json()) as Made;
  };
  const lastCall = () => doors.usage.findLast(({ method }) => method === 'tools/call');

  test('are made, listed, seen and ended by their key alone', async () => {
    const made = await make({ services: ['one'], transport: 'any', expiresInSeconds: 60 });
    assert.match(made.id, /^ses_[0-9a-f]{36}$/);
    assert.deepEqual(made.services, ['one']);
    assert.deepEqual(made.endpoints, {
      mcp: `/sessions/${made.id}/mcp`,
      sse: `/sessions/${made.id}/sse`,
      messages: `/sessions/${made.id}/messages`,
      ws: `/sessions/${made.id}/ws`,
    });
    assert.ok(Math.abs(made.expiresAtMs - Date.now() - 60_000) < 5_000);
    const seen = await send('GET', `/sessions/${made.id}`);
    assert.deepEqual(await seen.json(), made);
    for (const key of [testKeys.a2, testKeys.b]) {
      for (const method of ['GET', 'DELETE']) {
        const foreign = await send(method, `/sessions/${made.id}`, undefined, bearer(key));
        assert.equal(foreign.status, 404, 'another key knows no such session');
      }
      const { sessions } = (await (
        await send('GET', '/sessions', undefined, bearer(key))
      ).json()) as { sessions: Made[] };
      assert.deepEqual(sessions, []);
    }
    const listed = (await (await send('GET', '/sessions')).json()) as { sessions: Made[] };
    assert.ok(listed.sessions.some(({ id }) => id === made.id));
    assert.equal((await send('DELETE', `/sessions/${made.id}`)).status, 204);
    assert.equal((await send('GET', `/sessions/${made.id}`)).status, 404);
    assert.equal((await send('DELETE', `/sessions/${made.id}`)).status, 404);
  });

  test('refuse what is not known: services, fields, places, too long a life', async () => {
    assert.equal((await send('POST', '/sessions', { services: ['nowhere'] })).status, 404);
    for (const body of [
      { services: [] },
      { services: ['Not a slug'] },
      { transport: 'pigeon' },
      { expiresInSeconds: 0 },
      { expiresInSeconds: limits.managedSessionLifeMsMax / 1_000 + 1 },
      { services: Array.from({ length: limits.namedServicesMax + 1 }, () => 'one') },
      { sessionIdIn: 'cookie' },
      { tenantId: 'ten_b' },
    ]) {
      assert.equal((await send('POST', '/sessions', body)).status, 400, JSON.stringify(body));
    }
    const longest = { expiresInSeconds: limits.managedSessionLifeMsMax / 1_000 };
    assert.equal((await send('POST', '/sessions', longest)).status, 201);
    const services = Array.from({ length: limits.namedServicesMax }, () => 'one');
    assert.deepEqual((await make({ services })).services, ['one']);
    const { createdAtMs, expiresAtMs } = await make();
    assert.equal(expiresAtMs - createdAtMs, limits.managedSessionLifeMs);
    assert.equal((await send('POST', '/sessions', {}, { authorization: '' })).status, 401);
  });

  test('serve streamable HTTP in both eras and meter it under their id', async () => {
    const made = await make({ services: ['one', 'two'] });
    for (const mode of ['legacy', 'auto'] as const) {
      const url = new URL(`${doors.url}${made.endpoints.mcp}`);
      const transport = new StreamableHTTPClientTransport(url, {
        requestInit: { headers: bearer() },
      });
      const client = new Client({ name: 't', version: '1' }, { versionNegotiation: { mode } });
      await client.connect(transport);
      const { tools } = await client.listTools();
      const slugs = new Set(tools.map(({ name }) => name.split('__')[0]));
      assert.deepEqual(
        [...slugs].toSorted((a = '', b = '') => a.localeCompare(b)),
        ['one', 'two'],
        'not the third service',
      );
      await client.callTool({ name: 'two__echo', arguments: {} });
      const record = lastCall();
      assert.equal(record?.sessionId, made.id);
      assert.equal(record.clientEra, mode === 'legacy' ? 'legacy' : 'modern');
      await client.close();
    }
    const outside = modernRequest(1, 'tools/call', call('three__echo'));
    const answer = await send('POST', made.endpoints.mcp, outside, {
      ...modernHeaders('tools/call', 'three__echo'),
    });
    const { error } = (await answer.json()) as { error: JsonObject };
    assert.deepEqual(error, { code: -32602, message: 'Unknown tool: three__echo' });
  });

  test('bind a legacy session to the session it was opened in', async () => {
    const [first, second] = [await make({ services: ['one'] }), await make({ services: ['one'] })];
    const accept = { accept: 'application/json, text/event-stream', ...bearer() };
    const opened = await send('POST', first.endpoints.mcp, initializeRequest, accept);
    const legacyId = String(opened.headers.get('mcp-session-id'));
    const ping = (path: string) =>
      send('POST', path, legacyRequest(1, 'ping'), { ...accept, 'mcp-session-id': legacyId });
    assert.equal((await ping(first.endpoints.mcp)).status, 200);
    assert.equal((await ping(second.endpoints.mcp)).status, 404);
    assert.equal((await ping('/mcp/one')).status, 404);
    await send('DELETE', `/sessions/${first.id}`);
    assert.equal((await ping(first.endpoints.mcp)).status, 404);
  });

  test('serve HTTP+SSE to a client of that transport', async () => {
    const made = await make({ services: ['one'], transport: 'sse' });
    const transport = new SSEClientTransport(new URL(`${doors.url}${made.endpoints.sse}`), {
      requestInit: { headers: bearer() },
      eventSourceInit: {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer() } }),
      },
    });
    const client = new Client(
      { name: 't', version: '1' },
      { versionNegotiation: { mode: 'legacy' } },
    );
    await client.connect(transport);
    await client.callTool({ name: 'echo', arguments: {} });
    assert.equal(lastCall()?.sessionId, made.id);
    const refused = await send('POST', `/sessions/${made.id}/mcp`, initializeRequest);
    assert.equal(refused.status, 404, 'the session is for HTTP+SSE');
    assert.equal(await refusedStatus(doors.url, `/sessions/${made.id}/ws`, bearer()), 404);
    await client.close();
  });

  test('serve WebSocket', async () => {
    const made = await make({ services: ['one'], transport: 'websocket' });
    const talk = await talkSocket(doors.url, made.endpoints.ws);
    talk.say(modernRequest(1, 'tools/call', call('echo')));
    await talk.next(withId(1));
    assert.equal(lastCall()?.sessionId, made.id);
    assert.equal(await refusedStatus(doors.url, made.endpoints.ws, bearer(testKeys.a2)), 404);
    assert.equal(await refusedStatus(doors.url, made.endpoints.ws, {}), 401);
    const evil = { ...bearer(), origin: 'https://evil.example' };
    assert.equal(await refusedStatus(doors.url, made.endpoints.ws, evil), 403);
    talk.socket.close();
  });

  test('answer posted messages in kind when no stream is open', async () => {
    const made = await make({ services: ['one'] });
    const post = async (body: unknown, headers = bearer()) => {
      const answer = await send('POST', made.endpoints.messages, body, headers);
      const text = await answer.text();
      return {
        status: answer.status,
        json: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
    };
    const echoed = [{ type: 'text', text: '{"a":1}' }];
    const plain = await post({ tool: 'echo', arguments: { a: 1 } });
    assert.deepEqual(plain, { status: 200, json: { content: echoed } });
    assert.equal(lastCall()?.sessionId, made.id);
    const legacy = await post(legacyRequest(7, 'tools/call', call('echo', { a: 1 })));
    assert.deepEqual(legacy.json, { jsonrpc: '2.0', id: 7, result: { content: echoed } });
    const modern = await post(modernRequest(8, 'tools/call', call('echo', { a: 1 })));
    assert.deepEqual(modern.json, {
      jsonrpc: '2.0',
      id: 8,
      result: { resultType: 'complete', content: echoed },
    });
    const opened = (await post(initializeRequest)).json as { result: JsonObject };
    assert.equal(opened.result['protocolVersion'], '2025-11-25');
    assert.equal((await post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status, 202);
    assert.deepEqual((await post(legacyRequest(9, 'ping'))).json, {
      jsonrpc: '2.0',
      id: 9,
      result: {},
    });
    const listen = await post(modernRequest(1, 'subscriptions/listen', { notifications: {} }));
    assert.equal((listen.json as { error: JsonObject }).error['code'], -32601);
    const asked = await post({ tool: 'ask' });
    assert.deepEqual(
      [asked.status, (asked.json as JsonObject)['code']],
      [400, 'missing_capability'],
    );
    for (const bad of [{}, { tool: 1 }, { tool: 'echo', arguments: [] }, { tool: 'echo', x: 1 }]) {
      const { status, json } = await post(bad);
      assert.deepEqual([status, (json as JsonObject)['code']], [400, 'invalid_request']);
    }
    assert.equal((await post([])).status, 400);
    assert.equal((await post({ tool: 'echo' }, bearer(testKeys.a2))).status, 404);
  });

  test('send answers on their stream while one is open; the newest stream counts', async () => {
    const made = await make({ services: ['one'] });
    const open = async () => {
      const response = await fetch(`${doors.url}${made.endpoints.sse}`, { headers: bearer() });
      return readEvents(response);
    };
    const first = await open();
    const message = modernRequest(1, 'tools/call', call('echo'));
    assert.equal((await send('POST', made.endpoints.messages, message)).status, 202);
    await first.next(withId(1));
    assert.deepEqual(first.events[0], { event: 'endpoint', data: made.endpoints.messages });
    const plain = await send('POST', made.endpoints.messages, { tool: 'echo' });
    assert.equal(plain.status, 200, 'the plain form is answered where it was asked');
    const second = await open();
    await first.ended;
    const again = modernRequest(2, 'tools/call', call('echo'));
    assert.equal((await send('POST', made.endpoints.messages, again)).status, 202);
    await second.next(withId(2));
    await send('DELETE', `/sessions/${made.id}`);
    await second.ended;
  });

  test('close what was opened in them when they are ended', async () => {
    ended.length = 0;
    const made = await make({ services: ['one'] });
    const socket = await talkSocket(doors.url, made.endpoints.ws);
    socket.say(modernRequest(1, 'tools/call', call('hang')));
    const stream = readEvents(
      await fetch(`${doors.url}${made.endpoints.sse}`, { headers: bearer() }),
    );
    const posting = send('POST', made.endpoints.mcp, modernRequest(2, 'tools/call', call('hang')), {
      ...modernHeaders('tools/call', 'hang'),
    });
    const plainly = send('POST', made.endpoints.messages, { tool: 'hang' });
    const hanging = () => upstream.requests.filter(({ params }) => params['name'] === 'hang');
    await until(() => hanging().length === 3);
    await send('DELETE', `/sessions/${made.id}`);
    assert.deepEqual(await socket.closed, [1001, 'session_ended']);
    await stream.ended;
    assert.equal((await posting).status, 404);
    assert.equal((await plainly).status, 404);
    await until(() => ended.length === 3);
    assert.deepEqual(ended, ['client_gone', 'client_gone', 'client_gone']);
  });

  test('end by themselves when their time is up', async () => {
    const made = await make({ services: ['one'], expiresInSeconds: 3 });
    const socket = await talkSocket(doors.url, made.endpoints.ws);
    socket.say(modernRequest(1, 'subscriptions/listen', { notifications: {} }));
    assert.equal((await send('POST', made.endpoints.messages, { tool: 'echo' })).status, 200);
    assert.deepEqual(await socket.closed, [1001, 'session_ended']);
    assert.ok(Date.now() >= made.expiresAtMs);
    assert.equal((await send('POST', made.endpoints.messages, { tool: 'echo' })).status, 404);
    const { sessions } = (await (await send('GET', '/sessions')).json()) as { sessions: Made[] };
    assert.ok(!sessions.some(({ id }) => id === made.id));
  });

  test('are named where they were made to be named, and nowhere else', async () => {
    const inQuery = await make({ services: ['one'], sessionIdIn: 'query' });
    assert.equal(inQuery.endpoints.messages, `/sessions/messages?sessionId=${inQuery.id}`);
    const inHeader = await make({ services: ['one'], sessionIdIn: 'header' });
    assert.equal(inHeader.endpoints.messages, '/sessions/messages');
    assert.equal(inHeader.sessionHeader, 'x-session-id');
    const post = async (path: string, headers: Record<string, string> = {}) =>
      (await send('POST', path, { tool: 'echo' }, { ...bearer(), ...headers })).status;
    const header = { 'x-session-id': inHeader.id };
    assert.equal(await post(inQuery.endpoints.messages), 200);
    assert.equal(await post('/sessions/messages', header), 200);
    assert.equal(await post('/sessions/messages'), 400);
    assert.equal(await post(inQuery.endpoints.messages, header), 400, 'two are named');
    assert.equal(await post(`/sessions/${inQuery.id}/messages`), 404);
    assert.equal(await post(`/sessions/${inHeader.id}/messages`), 404);
    assert.equal(await post('/sessions/messages', { 'x-session-id': inQuery.id }), 404);
    assert.equal(await post('/sessions/ses_0/messages'), 404);
    assert.equal(await post('/sessions/__proto__/messages'), 404);
  });

  for (const sessionIdIn of ['path', 'query', 'header'] as const) {
    test(`serve every transport with their id in the ${sessionIdIn}`, async () => {
      const made = await make({ services: ['one'], sessionIdIn });
      const own = sessionIdIn === 'header' ? { [made.sessionHeader ?? '']: made.id } : {};
      const headers = { ...bearer(), ...own };
      const address = (part: keyof Made['endpoints']) =>
        new URL(`${doors.url}${made.endpoints[part]}`);
      const transports = [
        new StreamableHTTPClientTransport(address('mcp'), { requestInit: { headers } }),
        new SSEClientTransport(address('sse'), {
          requestInit: { headers },
          eventSourceInit: {
            fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
          },
        }),
      ];
      for (const transport of transports) {
        const info = { name: 't', version: '1' };
        const client = new Client(info, { versionNegotiation: { mode: 'legacy' } });
        await client.connect(transport);
        const before = doors.usage.length;
        await client.callTool({ name: 'echo', arguments: {} });
        assert.ok(doors.usage.length > before);
        assert.equal(lastCall()?.sessionId, made.id);
        await client.close();
      }
      const talk = await talkSocket(doors.url, made.endpoints.ws, { headers: own });
      talk.say(modernRequest(1, 'tools/call', call('echo')));
      assert.ok('result' in (await talk.next(withId(1))));
      assert.equal(lastCall()?.sessionId, made.id);
      talk.socket.close();
      const plain = await send('POST', made.endpoints.messages, { tool: 'echo' }, headers);
      assert.equal(plain.status, 200);
      assert.equal(lastCall()?.sessionId, made.id);
    });
  }

  test('refuse foreign pages and wrong methods', async () => {
    const made = await make({ services: ['one'] });
    const status = async (method: string, path: string, headers: Record<string, string>) => {
      const response = await fetch(`${doors.url}${path}`, { method, headers });
      await response.body?.cancel();
      return response.status;
    };
    const evil = { ...bearer(), origin: 'https://evil.example' };
    assert.equal(await status('GET', made.endpoints.sse, evil), 403);
    assert.equal(await status('POST', made.endpoints.sse, bearer()), 405);
    assert.equal(await status('GET', made.endpoints.messages, bearer()), 405);
    assert.equal(await status('GET', made.endpoints.ws, bearer()), 426);
    assert.equal(await status('GET', made.endpoints.sse, {}), 401);
  });
});
