import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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

const withId = (id: unknown) => (message: JsonObject) => message['id'] === id;
const ofMethod = (method: string) => (message: JsonObject) => message['method'] === method;
const call = (name: string, given: JsonObject = {}): JsonObject => ({ name, arguments: given });

describe('MCP over WebSocket', () => {
  const { upstream, ended } = toolUpstream();
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
    await doors.add('two', toolUpstream().upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  test('serves both eras on one socket, metered under the session of the legacy one', async () => {
    const talk = await talkSocket(doors.url, '/ws');
    assert.equal(talk.socket.protocol, 'mcp');
    assert.equal(talk.socket.extensions, '', 'nothing is compressed');
    talk.say(modernRequest('m', 'tools/call', call('one__echo', { a: 'ü' })));
    talk.say(initializeRequest);
    await talk.next(withId('init'));
    talk.say(legacyRequest('l', 'tools/call', call('two__echo', { b: 2 })));
    const modern = (await talk.next(withId('m')))['result'] as JsonObject;
    assert.deepEqual(modern['content'], [{ type: 'text', text: '{"a":"ü"}' }]);
    assert.equal(modern['resultType'], 'complete');
    const legacy = (await talk.next(withId('l')))['result'] as JsonObject;
    assert.deepEqual(legacy, { content: [{ type: 'text', text: '{"b":2}' }] });
    const calls = doors.usage.filter(({ method }) => method === 'tools/call').slice(-2);
    assert.deepEqual(
      calls.map(({ clientEra, tool }) => [clientEra, tool]),
      [
        ['modern', 'echo'],
        ['legacy', 'echo'],
      ],
    );
    assert.equal(calls[0]?.sessionId, null);
    assert.match(calls[1]?.sessionId ?? '', /^ses_/);
    talk.socket.close();
  });

  test('serves one service under its own names on /ws/{service}', async () => {
    const talk = await talkSocket(doors.url, '/ws/one');
    talk.say(modernRequest(1, 'tools/list'));
    const { tools } = (await talk.next(withId(1)))['result'] as { tools: { name: string }[] };
    assert.ok(tools.some(({ name }) => name === 'echo'));
    talk.say(modernRequest(2, 'tools/call', call('one__echo')));
    talk.say(modernRequest(3, 'tools/call', call('echo')));
    assert.ok('result' in (await talk.next(withId(3))));
    talk.socket.close();
    const nowhere = await talkSocket(doors.url, '/ws/nowhere');
    nowhere.say(modernRequest(1, 'tools/list'));
    assert.equal(((await nowhere.next(withId(1)))['error'] as JsonObject)['code'], 4040);
    nowhere.socket.close();
  });

  test('asks a legacy client for input on the same socket', async () => {
    const talk = await talkSocket(doors.url, '/ws/one');
    talk.say(initializeRequest);
    await talk.next(withId('init'));
    talk.say(legacyRequest(1, 'tools/call', call('ask')));
    const question = await talk.next(ofMethod('elicitation/create'));
    const result = { action: 'accept', content: { name: 'Ada' } };
    talk.say({ jsonrpc: '2.0', id: question['id'], result });
    const answer = (await talk.next(withId(1)))['result'] as { content: { text: string }[] };
    assert.deepEqual(JSON.parse(answer.content[0]?.text ?? ''), { who: result });
    talk.socket.close();
  });

  test('cancels upstream by notification, and everything when the socket is gone', async () => {
    ended.length = 0;
    const talk = await talkSocket(doors.url, '/ws/one');
    const hanging = () => upstream.requests.filter(({ params }) => params['name'] === 'hang');
    const before = hanging().length;
    talk.say(modernRequest(1, 'tools/call', call('hang')));
    talk.say(modernRequest(2, 'tools/call', call('hang')));
    await until(() => hanging().length === before + 2);
    const params = { requestId: 1, reason: 'enough' };
    talk.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    await until(() => ended.length === 1);
    assert.deepEqual(ended, ['cancelled']);
    talk.socket.terminate();
    await until(() => ended.length === 2);
    assert.deepEqual(ended, ['cancelled', 'client_gone']);
    assert.deepEqual(talk.came, []);
  });

  test('announces changes, stamped with the subscription', async () => {
    const talk = await talkSocket(doors.url, '/ws');
    const notifications = { toolsListChanged: true };
    talk.say(modernRequest('s', 'subscriptions/listen', { notifications }));
    await talk.next(ofMethod('notifications/subscriptions/acknowledged'));
    const live = doors.catalog.lives(doors.tenant).find(({ service }) => service.slug === 'two');
    assert.ok(live);
    await live.refresh();
    const { params } = await talk.next(ofMethod('notifications/tools/list_changed'));
    assert.deepEqual(params, { _meta: { 'io.modelcontextprotocol/subscriptionId': 's' } });
    talk.socket.close();
  });

  test('refuses foreign pages, rebound names, and callers without a good key', async () => {
    const key = { authorization: `Bearer ${testKeys.a}` };
    const status = (headers: Record<string, string>, protocols?: string[]) =>
      refusedStatus(doors.url, '/ws', headers, protocols);
    const port = new URL(doors.url).port;
    assert.equal(await status({ ...key, origin: 'https://evil.example' }), 403);
    assert.equal(await status({ ...key, origin: 'null' }), 403);
    assert.equal(await status({ ...key, origin: 'http://localhost.evil' }), 403);
    assert.equal(await status({ ...key, origin: `http://127.0.0.1:${Number(port) + 1}` }), 403);
    assert.equal(await status({ ...key, host: 'attacker.test' }), 403);
    assert.equal(await status({}), 401);
    assert.equal(await status({ authorization: 'Bearer wrong' }), 401);
    const inQuery = `/ws?access_token=${testKeys.a}&key=${testKeys.a}`;
    assert.equal(await refusedStatus(doors.url, inQuery, {}), 401);
    assert.equal(await status({}, ['mcp', 'bearer.wrong']), 401);
    assert.equal(await status({}, ['mcp', 'bearer.']), 401);
    assert.equal(await status({}, [`bearer.${testKeys.a}`]), 400);
    assert.equal(await status(key, ['mcp', `bearer.${testKeys.b}`]), 401);
    assert.equal(await status({}, ['mcp', `bearer.${testKeys.a}`, `bearer.${testKeys.b}`]), 401);
    assert.equal(await refusedStatus(doors.url, '/ws/a/b', key), 404);
    assert.equal(await refusedStatus(doors.url, '/wsx', key), 404);
    // Nobody there takes a socket: what is left is an ordinary GET.
    assert.equal(await refusedStatus(doors.url, '/mcp', key), 405);
    assert.equal((await fetch(`${doors.url}/ws`)).status, 426);
  });

  test('takes the key of a browser page as a subprotocol and never repeats it', async () => {
    const origin = doors.url;
    const headers = { authorization: '', origin };
    const protocols = ['mcp', `bearer.${testKeys.a}`];
    const own = { headers: { origin, authorization: '' } };
    const bare = await talkSocket(doors.url, '/ws', own, protocols);
    assert.equal(bare.socket.protocol, 'mcp');
    bare.socket.close();
    assert.equal(await refusedStatus(doors.url, '/ws', headers, protocols), 401);
  });

  test('closes on what is no message of text: binary, too large, unmasked, in shreds', async () => {
    const binary = await talkSocket(doors.url, '/ws');
    binary.socket.send(Buffer.from('{}'), { binary: true });
    assert.equal((await binary.closed)[0], 1003);
    const large = await talkSocket(doors.url, '/ws/one');
    const frame = JSON.stringify(modernRequest(1, 'tools/call', call('echo')));
    large.say(frame + ' '.repeat(limits.requestBodyBytesMax - frame.length));
    await large.next(withId(1));
    large.say(frame + ' '.repeat(limits.requestBodyBytesMax - frame.length + 1));
    assert.equal((await large.closed)[0], 1009);
    const unmasked = await talkSocket(doors.url, '/ws');
    unmasked.socket.send('{}', { mask: false });
    assert.equal((await unmasked.closed)[0], 1002);
    const shreds = await talkSocket(doors.url, '/ws');
    for (let sent = 0; sent < 1_030; sent++) shreds.socket.send('x', { fin: false });
    assert.equal((await shreds.closed)[0], 1008);
  });

  test('answers bad messages and goes on', async () => {
    const talk = await talkSocket(doors.url, '/ws');
    talk.say('{');
    talk.say('[]');
    talk.say(modernRequest(1, 'server/discover'));
    await talk.next(withId(1));
    const codes = talk.came.slice(0, 2).map(({ error }) => (error as JsonObject)['code']);
    assert.deepEqual(codes, [-32700, -32600]);
    talk.socket.close();
  });

  test('keeps tenants apart', async () => {
    const headers = { authorization: `Bearer ${testKeys.b}` };
    const talk = await talkSocket(doors.url, '/ws', { headers });
    talk.say(modernRequest(1, 'tools/list'));
    talk.say(modernRequest(2, 'tools/call', call('one__echo')));
    const { tools } = (await talk.next(withId(1)))['result'] as { tools: unknown[] };
    assert.deepEqual(tools, []);
    assert.equal(((await talk.next(withId(2)))['error'] as JsonObject)['code'], -32602);
    talk.socket.close();
  });
});

describe('a WebSocket connection', () => {
  test('is dropped when its peer shows no life, kept when it does', async () => {
    await using doors = await startDoors({ times: { pingMs: 400, idleMs: 60_000 } });
    const dead = await talkSocket(doors.url, '/ws', { autoPong: false });
    const alive = await talkSocket(doors.url, '/ws');
    assert.equal((await dead.closed)[0], 1006);
    await sleep(1_000);
    assert.equal(alive.socket.readyState, alive.socket.OPEN);
    alive.socket.close();
  });

  test('ends when unused for long, not while the client listens', async () => {
    // Long enough for the listening client to be heard on a busy machine.
    await using doors = await startDoors({ times: { pingMs: 100, idleMs: 1_000 } });
    const listening = await talkSocket(doors.url, '/ws');
    listening.say(modernRequest(1, 'subscriptions/listen', { notifications: {} }));
    await listening.next(ofMethod('notifications/subscriptions/acknowledged'));
    const idle = await talkSocket(doors.url, '/ws');
    assert.deepEqual(await idle.closed, [1001, 'idle']);
    await sleep(300);
    assert.equal(listening.socket.readyState, listening.socket.OPEN);
    listening.socket.close();
  });

  test('ends when its key is revoked, also while it only listens', async () => {
    await using doors = await startDoors({ times: { pingMs: 30, idleMs: 60_000 } });
    const talk = await talkSocket(doors.url, '/ws');
    talk.say(modernRequest(1, 'subscriptions/listen', { notifications: {} }));
    await talk.next(ofMethod('notifications/subscriptions/acknowledged'));
    doors.revoked.add(testKeys.a);
    talk.say(modernRequest(2, 'server/discover'));
    assert.equal(((await talk.next(withId(2)))['error'] as JsonObject)['code'], 4010);
    assert.deepEqual(await talk.closed, [1008, 'credential_ended']);
  });

  test('is one of a bounded number per key: N and no more', async () => {
    await using doors = await startDoors();
    const talks = await Promise.all(
      Array.from({ length: limits.connectionsPerCredentialMax }, () =>
        talkSocket(doors.url, '/ws'),
      ),
    );
    const key = { authorization: `Bearer ${testKeys.a}` };
    assert.equal(await refusedStatus(doors.url, '/ws', key), 429);
    const other = { headers: { authorization: `Bearer ${testKeys.a2}` } };
    (await talkSocket(doors.url, '/ws', other)).socket.close();
    talks[0]?.socket.close();
    await talks[0]?.closed;
    const again = await talkSocket(doors.url, '/ws');
    for (const { socket } of [...talks, again]) socket.terminate();
  });

  test('whose client stops reading is cut, and its call cancelled', async () => {
    const pace = { waitBytes: 256 * 1024, cutBytes: 4 * 1024 * 1024, stallMs: 300 };
    await using doors = await startDoors({ pace });
    const { upstream, ended } = toolUpstream();
    await doors.add('one', upstream);
    const talk = await talkSocket(doors.url, '/ws/one');
    const wants = { 'io.modelcontextprotocol/logLevel': 'info' };
    talk.say(modernRequest(1, 'tools/call', call('flood'), wants));
    await talk.next(ofMethod('notifications/message'));
    talk.socket.pause();
    const before = process.memoryUsage().rss;
    await until(() => ended.length > 0);
    assert.deepEqual(ended, ['client_gone']);
    const grownBytes = process.memoryUsage().rss - before;
    assert.ok(grownBytes < 64 * 1024 * 1024, `${grownBytes} bytes were kept for it`);
    talk.socket.terminate();
  });

  test('of a stopping gateway: owed answers come, the rest is told why', async () => {
    await using doors = await startDoors();
    const { upstream } = toolUpstream();
    await doors.add('one', upstream);
    const talk = await talkSocket(doors.url, '/ws/one');
    talk.say(modernRequest(1, 'tools/call', call('hang')));
    talk.say(modernRequest(2, 'subscriptions/listen', { notifications: {} }));
    await talk.next(ofMethod('notifications/subscriptions/acknowledged'));
    const stopping = doors.stop(200);
    const ending = (await talk.next(withId(2)))['result'] as JsonObject;
    assert.equal(ending['resultType'], 'complete');
    talk.say(modernRequest(3, 'tools/call', call('echo')));
    assert.equal(((await talk.next(withId(3)))['error'] as JsonObject)['code'], 5031);
    assert.equal(((await talk.next(withId(1)))['error'] as JsonObject)['code'], 5031);
    assert.deepEqual(await talk.closed, [1001, 'shutdown']);
    await stopping;
  });
});
