import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, SSEClientTransport } from '@modelcontextprotocol/client';
import { readEvents, type EventReader } from '../../../../test/support/read-events.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';
import {
  initializeRequest,
  legacyRequest,
  modernRequest,
} from '../../../../test/support/talk-socket.ts';
import { toolUpstream } from '../../../../test/support/tool-upstream.ts';
import { until } from '../../../../test/support/until.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

const withId = (id: unknown) => (message: JsonObject) => message['id'] === id;
const call = (name: string): JsonObject => ({ name, arguments: {} });
const bearer = (key: string = testKeys.a) => ({ authorization: `Bearer ${key}` });

interface Talk {
  readonly reader: EventReader;
  readonly messagesUrl: string;
  readonly leave: AbortController;
  post(message: unknown, headers?: Record<string, string>): Promise<number>;
}

async function talk(url: string, path: string, key?: string): Promise<Talk> {
  const leave = new AbortController();
  const { signal } = leave;
  const response = await fetch(`${url}${path}`, { headers: bearer(key), signal });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const reader = readEvents(response);
  await until(() => reader.events.length > 0);
  assert.equal(reader.events[0]?.event, 'endpoint');
  const messagesUrl = new URL(reader.events[0].data, `${url}${path}`).href;
  const post = async (message: unknown, headers: Record<string, string> = bearer(key)) => {
    const answer = await fetch(messagesUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(message),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  return { reader, messagesUrl, leave, post };
}

describe('HTTP+SSE', () => {
  const { upstream, ended } = toolUpstream();
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  test('serves a client of that transport: lists, calls, progress, questions', async () => {
    const transport = new SSEClientTransport(new URL(`${doors.url}/sse`), {
      requestInit: { headers: bearer() },
      eventSourceInit: {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer() } }),
      },
    });
    const client = new Client(
      { name: 'sse', version: '1' },
      { capabilities: { elicitation: {} }, versionNegotiation: { mode: 'legacy' } },
    );
    client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { name: 'Ada' },
    }));
    await client.connect(transport);
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === 'one__echo'));
    const seen: number[] = [];
    await client.callTool(
      { name: 'one__noisy', arguments: {} },
      { onprogress: ({ progress }) => seen.push(progress) },
    );
    assert.deepEqual(seen, [1]);
    const asked = await client.callTool({ name: 'one__ask', arguments: {} });
    assert.match(JSON.stringify(asked.content), /Ada/);
    await client.close();
    const record = doors.usage.findLast(({ tool }) => tool === 'ask');
    assert.equal(record?.clientEra, 'legacy');
    assert.match(record.sessionId ?? '', /^ses_/);
  });

  test('serves modern requests too, and one service on /sse/{service}', async () => {
    const { reader, post, leave } = await talk(doors.url, '/sse/one');
    assert.equal(await post(modernRequest(1, 'tools/call', call('echo'))), 202);
    const answer = (await reader.next(withId(1)))['result'] as JsonObject;
    assert.equal(answer['resultType'], 'complete');
    leave.abort();
  });

  test('gives a stream only to the credential that opened it', async () => {
    const mine = await talk(doors.url, '/sse/one');
    const message = modernRequest(1, 'tools/call', call('echo'));
    assert.equal(await mine.post(message, bearer(testKeys.b)), 404);
    assert.equal(await mine.post(message, bearer(testKeys.a2)), 404, 'same tenant, other key');
    assert.equal(await mine.post(message, {}), 401);
    assert.equal(await mine.post(message, bearer('wrong')), 401);
    await sleep(20);
    assert.deepEqual(mine.reader.messages(), []);
    mine.leave.abort();
    const url = `${doors.url}/messages`;
    const post = async (query: string) => {
      const headers = { 'content-type': 'application/json', ...bearer() };
      const init = { method: 'POST', headers, body: JSON.stringify(message) };
      return (await fetch(`${url}${query}`, init)).status;
    };
    assert.equal(await post(''), 400);
    for (const id of ['1', '__proto__', '*', 'x'.repeat(9_999)]) {
      assert.equal(await post(`?sessionId=${id}`), 404);
    }
  });

  test('ends a conversation with its stream', async () => {
    ended.length = 0;
    const { post, leave } = await talk(doors.url, '/sse/one');
    await post(initializeRequest);
    await post(legacyRequest(1, 'tools/call', call('hang')));
    await until(() => upstream.requests.some(({ params }) => params['name'] === 'hang'));
    leave.abort();
    await until(() => ended.length > 0);
    assert.deepEqual(ended, ['client_gone']);
    assert.equal(await post(legacyRequest(2, 'ping')), 404);
  });

  test('refuses foreign pages and rebound names, bad bodies and other methods', async () => {
    const sse = async (headers: Record<string, string>, path = '/sse') => {
      const response = await fetch(`${doors.url}${path}`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await sse({ ...bearer(), origin: 'https://evil.example' }), 403);
    assert.equal(await sse({}), 401);
    assert.equal(await sse({}, `/sse?access_token=${testKeys.a}`), 401);
    assert.equal(await sse({ ...bearer(), accept: 'application/json' }), 406);
    assert.equal(await sse(bearer(), '/sse/a/b'), 404);
    assert.equal(await sse(bearer(), '/messages'), 405);
    const posted = await fetch(`${doors.url}/sse`, { method: 'POST', body: '{}' });
    assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET']);
    const { messagesUrl, leave } = await talk(doors.url, '/sse');
    const post = async (body: string, headers: Record<string, string>) => {
      const init = { method: 'POST', headers: { ...bearer(), ...headers }, body };
      return (await fetch(messagesUrl, init)).status;
    };
    const json = { 'content-type': 'application/json' };
    assert.equal(await post('{}', { 'content-type': 'text/plain' }), 415);
    assert.equal(await post('{', json), 400);
    assert.equal(await post('{}', { ...json, origin: 'https://evil.example' }), 403);
    assert.equal(await post(' '.repeat(limits.requestBodyBytesMax + 1), json), 413);
    leave.abort();
  });

  test('cuts a client that stops reading and serves it no more meanwhile', async () => {
    const pace = { waitBytes: 256 * 1024, cutBytes: 8 * 1024 * 1024, stallMs: 500 };
    await using slow = await startDoors({ pace });
    const { upstream: flooding, ended: cut } = toolUpstream();
    await slow.add('one', flooding);
    const { hostname, port } = new URL(slow.url);
    const socket = connect(Number(port), hostname);
    const { authorization } = bearer();
    socket.write(
      `GET /sse/one HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    let text = '';
    while (!/data: (\S+)\r?\n/.test(text)) {
      await new Promise((resolve) =>
        socket.once('data', (chunk) => resolve((text += String(chunk)))),
      );
    }
    socket.pause();
    const path = /data: (\S+)\r?\n/.exec(text)?.[1] ?? '';
    const post = async (id: number, name: string) => {
      const wants = { 'io.modelcontextprotocol/logLevel': 'info' };
      const body = JSON.stringify(modernRequest(id, 'tools/call', call(name), wants));
      const headers = { 'content-type': 'application/json', ...bearer() };
      return (await fetch(`${slow.url}${path}`, { method: 'POST', headers, body })).status;
    };
    assert.equal(await post(1, 'flood'), 202);
    let status = 202;
    for (let id = 2; status === 202; id++) {
      await sleep(10);
      status = await post(id, 'echo');
    }
    assert.equal(status, 429);
    await until(() => cut.length > 0);
    assert.deepEqual(cut, ['client_gone']);
    assert.equal(await post(-1, 'echo'), 404);
    socket.destroy();
  });

  test('tells the address to post to as a proxy shows it', async () => {
    await using behind = await startDoors({ basePath: '/gw' });
    const { messagesUrl, leave } = await talk(behind.url, '/sse');
    assert.match(new URL(messagesUrl).pathname, /^\/gw\/messages$/);
    leave.abort();
  });

  test('ends streams when the gateway stops, after what is owed', async () => {
    const stopping = await startDoors();
    await stopping.add('one', toolUpstream().upstream);
    const { reader, post } = await talk(stopping.url, '/sse/one');
    await post(modernRequest(1, 'tools/call', call('hang')));
    await stopping.stop(100);
    await reader.ended;
    const codes = reader.messages().map(({ error }) => (error as JsonObject)['code']);
    assert.deepEqual(codes, [5031]);
    await stopping[Symbol.asyncDispose]();
  });
});
