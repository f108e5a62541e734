import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FakeLegacyServer,
  type FakeAnswer,
  type FakeMessage,
} from '../../../../test/support/mcp-client/fake-legacy-server.ts';
import { rejectsWith, testIo, toolCall } from '../../../../test/support/mcp-stdio/harness.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ServerChange } from '../change-filter.ts';
import type { McpNotification, McpOutcome } from '../../message.ts';
import { LegacyClient } from './legacy-client.ts';
import type { LegacyTransport } from './legacy-transport.ts';

const asking = { elicitation: {} };
const question = { id: 'q', method: 'elicitation/create', params: { message: 'Who?' } };
const soon = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks on `ask`, answers `never` never, and everything else at once. */
const usual: FakeAnswer = (message, session) => {
  const name = message.params?.['name'];
  if (message.method === 'tools/call' && name === 'ask')
    void session.say(question, message.id as number);
  if (message.method === 'tools/call' && (name === 'ask' || name === 'never')) return undefined;
  return message.method === undefined ? undefined : { said: name ?? message.method };
};

function start(
  answer: FakeAnswer = usual,
  more: Partial<LegacyTransport> & { parkedCallMs?: number } = {},
): { server: FakeLegacyServer; client: LegacyClient; changes: ServerChange[] } {
  const { parkedCallMs, ...transport } = more;
  const server = new FakeLegacyServer(answer);
  const changes: ServerChange[] = [];
  const changed = (change: ServerChange): void => void changes.push(change);
  const options = parkedCallMs === undefined ? { changed } : { changed, parkedCallMs };
  return { server, client: new LegacyClient(server.transport(transport), options), changes };
}

const keyOf = (outcome: McpOutcome): string => {
  assert.equal(outcome.resultType, 'input_required');
  return Object.keys(outcome.inputRequests ?? {})[0] as string;
};
const stateOf = (outcome: McpOutcome): { requestState: string } => {
  assert.equal(outcome.resultType, 'input_required');
  return { requestState: outcome.requestState as string };
};
const other = { tenant: 't', grantId: 'other' };

describe('a parked call', () => {
  it('is given up at the server when no input came in time', async () => {
    await using client = start(usual, { parkedCallMs: 20 }).client;
    const asked = await client.request(toolCall('ask', {}, asking), testIo());
    await soon(60);
    await rejectsWith(
      client.request(toolCall('ask', {}, asking, stateOf(asked)), testIo()),
      -32602,
    );
  });

  it('tells the server of its end, and refuses its question', async () => {
    const { server, client } = start(usual, { parkedCallMs: 20 });
    await client.request(toolCall('ask', {}, asking), testIo());
    await soon(60);
    assert.equal(server.got('notifications/cancelled').length, 1);
    const refused = server.sessions[0]?.got.find(({ id }) => id === 'q');
    assert.deepEqual(refused?.result, { action: 'cancel' });
    await client[Symbol.asyncDispose]();
    assert.ok(limits.parkedCallMs <= limits.exchangeTotalMs * 2);
  });

  it('keeps a result that came while nobody waited', async () => {
    const { server, client } = start();
    const asked = await client.request(toolCall('ask', {}, asking), testIo());
    const [call] = server.got('tools/call');
    await server.sessions[0]?.say({ id: call?.id, result: { said: 'late' } });
    const retry = toolCall('ask', {}, asking, { ...stateOf(asked), inputResponses: {} });
    const done = await client.request(retry, testIo());
    assert.equal(done.resultType === 'complete' && done.result.value['said'], 'late');
    await client[Symbol.asyncDispose]();
  });

  it('fails with its session, and is not made again', async () => {
    const { server, client, changes } = start();
    const asked = await client.request(toolCall('ask', {}, asking), testIo());
    const inputResponses = { [keyOf(asked)]: { action: 'accept' } };
    const { GatewayError } = await import('../../../kernel/errors.ts');
    server.sessions[0]?.receiver.closed(new GatewayError('upstream_failed', 'gone'));
    const retry = toolCall('ask', {}, asking, { ...stateOf(asked), inputResponses });
    await assert.rejects(client.request(retry, testIo()), { message: 'gone' });
    assert.equal(server.got('tools/call').length, 1);
    assert.deepEqual(changes, [{ kind: 'lost', text: 'gone' }]);
    await client[Symbol.asyncDispose]();
  });

  it(`is refused further input after ${limits.inputRoundsMax} rounds`, async () => {
    const { server, client } = start();
    let asked = await client.request(toolCall('ask', {}, asking), testIo());
    for (let round = 1; round < limits.inputRoundsMax; round++) {
      const retry = toolCall('ask', {}, asking, { ...stateOf(asked), inputResponses: {} });
      asked = await client.request(retry, testIo());
      assert.equal(asked.resultType, 'input_required');
    }
    const last = toolCall('ask', {}, asking, { ...stateOf(asked), inputResponses: {} });
    const running = client.request(last, testIo());
    await soon(limits.inputGatherMs * 2);
    const refused = server.sessions[0]?.got.find(({ id }) => id === 'q');
    assert.deepEqual(refused?.result, { action: 'cancel' });
    await server.sessions[0]?.say({ id: server.got('tools/call')[0]?.id, result: {} });
    assert.equal((await running).resultType, 'complete');
    await client[Symbol.asyncDispose]();
  });

  it('is not asked what the server withdrew', async () => {
    const { server, client } = start();
    const running = client.request(toolCall('ask', {}, asking), testIo());
    await soon(0);
    await soon(1);
    const requestId = 'q';
    await server.sessions[0]?.say({ method: 'notifications/cancelled', params: { requestId } });
    await soon(limits.inputGatherMs * 2);
    await server.sessions[0]?.say({ id: server.got('tools/call')[0]?.id, result: {} });
    assert.equal((await running).resultType, 'complete');
    await client[Symbol.asyncDispose]();
  });
});

describe('a question of a legacy server', () => {
  it('during a list is refused', async () => {
    const { server, client } = start((message, session) => {
      if (message.method !== 'tools/list') return {};
      void session.say(
        { id: 's', method: 'sampling/createMessage', params: {} },
        message.id as number,
      );
      void session.say(question, message.id as number);
      return undefined;
    });
    const list = {
      ...toolCall('x', {}, { ...asking, sampling: {} }),
      method: 'tools/list',
      params: {},
    };
    const running = client.request(list, testIo());
    await soon();
    const got = server.sessions[0]?.got ?? [];
    assert.deepEqual(got.find(({ id }) => id === 'q')?.result, { action: 'cancel' });
    assert.equal(got.find(({ id }) => id === 's')?.error?.['code'], -32601);
    await server.sessions[0]?.say({ id: server.got('tools/list')[0]?.id, result: {} });
    await running;
    await client[Symbol.asyncDispose]();
  });

  it('while nothing runs is refused, and pings are answered', async () => {
    const { server, client } = start();
    await client.request(toolCall('x', {}, asking), testIo());
    await server.sessions[0]?.say({ id: 'p', method: 'ping' });
    await server.sessions[0]?.say(question);
    await server.sessions[0]?.say({ id: 'r', method: 'roots/list' });
    const got = server.sessions[0]?.got ?? [];
    assert.deepEqual(got.find(({ id }) => id === 'p')?.result, {});
    assert.deepEqual(got.find(({ id }) => id === 'q')?.result, { action: 'cancel' });
    assert.equal(got.find(({ id }) => id === 'r')?.error?.['code'], -32601);
    await client[Symbol.asyncDispose]();
  });
});

describe('sessions of a server that all callers share', () => {
  it('run one call at a time that can be asked, and others side by side', async () => {
    const { server, client } = start();
    const io = testIo();
    const first = client.request(toolCall('never', {}, asking), io);
    const second = client.request(toolCall('x', {}, asking), testIo());
    const list = { ...toolCall('x', {}, asking), method: 'tools/list', params: {} };
    await client.request(list, testIo());
    await client.request(toolCall('x'), testIo());
    assert.equal(server.got('tools/call').length, 2);
    io.cancellation.cancel('client_gone');
    await assert.rejects(first, { code: 'cancelled' });
    await second;
    assert.equal(server.got('tools/call').length, 3);
    await client[Symbol.asyncDispose]();
  });

  it('give a waiting call another session when the one before it waits for input', async () => {
    const { server, client } = start((message, session) => {
      if (message.params?.['name'] !== 'later') return usual(message, session);
      setTimeout(() => void session.say(question, message.id as number), 20);
      return undefined;
    });
    const first = client.request(toolCall('later', {}, asking), testIo());
    const second = client.request({ ...toolCall('x', {}, asking), caller: other }, testIo());
    assert.equal((await first).resultType, 'input_required');
    assert.equal((await second).resultType, 'complete');
    assert.equal(server.sessions.length, 2);
    await client[Symbol.asyncDispose]();
  });

  const bounds = [limits.profilesPerUpstreamMax, limits.sessionsPerUpstreamMax];
  it(`are at most ${bounds.join(' or ')}; the idle one used longest ago makes room`, async () => {
    for (const sessionsMax of bounds) await fillUp(sessionsMax);
  });

  async function fillUp(sessionsMax: number): Promise<void> {
    const { server, client } = start(usual, { sessionsMax, shared: sessionsMax < 10 });
    const profile = (n: number): object => ({ extensions: { [`x.test/${n}`]: {} } });
    for (let n = 0; n < sessionsMax; n++) {
      await client.request(toolCall('x', {}, profile(n) as never), testIo());
    }
    assert.ok(server.sessions.every(({ isClosed }) => !isClosed));
    await client.request(toolCall('x', {}, profile(0) as never), testIo());
    await client.request(toolCall('x', {}, profile(sessionsMax) as never), testIo());
    const closed = server.sessions.map(({ isClosed }) => isClosed);
    assert.deepEqual(closed.slice(0, 3), [false, true, false]);
    await client[Symbol.asyncDispose]();
    assert.ok(server.sessions.every(({ isClosed }) => isClosed));
  }

  it('refuse one more when all of them are busy', async () => {
    const { client } = start(usual, { sessionsMax: 1 });
    await client.request(toolCall('ask', {}, asking), testIo());
    await assert.rejects(client.request(toolCall('x'), testIo()), { code: 'too_many' });
    await assert.rejects(client.request(toolCall('x', {}, asking), testIo()), { code: 'too_many' });
    await client[Symbol.asyncDispose]();
  });

  it('show log messages to nobody while two callers could have caused them', async () => {
    const { server, client } = start();
    const seen: McpNotification[] = [];
    const mine = client.request({ ...toolCall('never'), logLevel: 'debug' }, testIo(seen));
    await soon();
    const log = { method: 'notifications/message', params: { level: 'error', data: 'secret' } };
    await server.sessions[0]?.say(log);
    assert.equal(seen.length, 1);
    const theirs = client.request({ ...toolCall('never'), caller: other }, testIo());
    await soon();
    await server.sessions[0]?.say(log);
    assert.equal(seen.length, 1);
    await client[Symbol.asyncDispose]();
    await assert.rejects(mine);
    await assert.rejects(theirs);
  });
});

describe('sessions of one caller each', () => {
  const own = { shared: false, sessionsMax: 4 };

  it('are not shared with others, and run calls side by side', async () => {
    const { server, client } = start(usual, own);
    const first = client.request(toolCall('never', {}, asking), testIo());
    await client.request(toolCall('x', {}, asking), testIo());
    await client.request({ ...toolCall('x', {}, asking), caller: other }, testIo());
    assert.equal(server.sessions.length, 2);
    assert.equal(server.sessions[0]?.got.filter((one) => one.method === 'tools/call').length, 2);
    await client[Symbol.asyncDispose]();
    await assert.rejects(first, { code: 'shutting_down' });
  });

  it('run one call at a time that can be asked where that has to be told apart', async () => {
    const most = limits.exclusiveSessionsMax;
    const { server, client } = start(usual, { ...own, exclusive: true, sessionsMax: 99 });
    const calls = Array.from({ length: most + 1 }, () =>
      client.request(toolCall('never', {}, asking), testIo()),
    );
    await soon(20);
    assert.equal(server.sessions.length, most, 'each in a session of its own, then they wait');
    assert.equal(server.got('tools/call').length, most);
    for (const session of server.sessions) await session.say(question);
    await Promise.all(calls.slice(0, most));
    await soon(20);
    assert.equal(server.got('tools/call').length, most + 1, 'what waits for a user is no reason');
    await client[Symbol.asyncDispose]();
    await Promise.allSettled(calls);
  });

  it('ask the client of the very call that a question came with', async () => {
    const { server, client } = start(() => undefined, own);
    const calls = ['one', 'two'].map((name) =>
      client.request(toolCall(name, {}, asking), testIo()),
    );
    await soon();
    const ids = server.got('tools/call').map(({ id }) => id as number);
    await server.sessions[0]?.say({ ...question, id: 'q2', params: { message: '2?' } }, ids[1]);
    await server.sessions[0]?.say({ id: ids[0], result: {} });
    const [first, second] = await Promise.all(calls);
    assert.equal(first?.resultType, 'complete');
    assert.equal(second?.resultType, 'input_required');
    assert.deepEqual(Object.values(second.inputRequests ?? {})[0]?.['params'], { message: '2?' });
    await client[Symbol.asyncDispose]();
  });

  it('are closed when they were idle for long', async () => {
    const { server, client } = start(usual, { ...own, idleMs: limits.sessionIdleMs / 120_000 });
    await client.request(toolCall('x'), testIo());
    await soon(100);
    assert.equal(server.sessions[0]?.isClosed, true);
    await client.request(toolCall('x'), testIo());
    assert.equal(server.sessions.length, 2);
    await client[Symbol.asyncDispose]();
  });

  it("tell a caller's listeners of its own session only", async () => {
    const { server, client } = start(usual, own);
    const io = testIo();
    const seen: McpNotification[] = [];
    const listening = (async () => {
      const filter = { resourcesListChanged: true, resourceSubscriptions: ['a:'] };
      for await (const one of client.listen(filter, toolCall('x').caller, io)) seen.push(one);
    })();
    await soon();
    await client.request({ ...toolCall('x'), caller: other }, testIo());
    const [mine, theirs] = server.sessions;
    for (const session of [theirs, mine]) {
      await session?.say({ method: 'notifications/resources/list_changed' });
      await session?.say({ method: 'notifications/tools/list_changed' });
      await session?.say({ method: 'notifications/resources/updated', params: { uri: 'a:/x' } });
      await session?.say({ method: 'notifications/resources/updated', params: { uri: 'b:' } });
      if (session === theirs) assert.equal(seen.length, 0);
    }
    await soon();
    assert.deepEqual(
      seen.map(({ params }) => params['uri']),
      [undefined, 'a:/x'],
    );
    io.cancellation.cancel('client_gone');
    await listening;
    assert.equal(server.got('resources/unsubscribe').length, 1);
    await client[Symbol.asyncDispose]();
  });
});

describe('a legacy server', () => {
  it('that refuses the session is said to refuse it', async () => {
    const { client } = start();
    const server = new FakeLegacyServer(usual);
    const transport = server.transport();
    const refusing: LegacyTransport = {
      ...transport,
      open: async (receiver) => {
        const channel = await transport.open(receiver);
        const request = (id: number): void => {
          const error = { code: -32601, message: 'no' };
          const text = JSON.stringify({ jsonrpc: '2.0', id, error });
          queueMicrotask(() => void receiver.received(Buffer.from(text)));
        };
        return { ...channel, request };
      },
    };
    const refused = new LegacyClient(refusing, { changed: () => {} });
    await assert.rejects(refused.request(toolCall('x'), testIo()), { name: 'SessionRefused' });
    await client[Symbol.asyncDispose]();
  });

  it('may answer in arrays, answer twice and answer what nobody asked', async () => {
    const { server, client } = start(() => undefined);
    const running = client.request(toolCall('x'), testIo());
    await soon();
    const [session] = server.sessions;
    const id = server.got('tools/call')[0]?.id;
    const messages = [
      { jsonrpc: '2.0', id: 999, result: {} },
      { jsonrpc: '2.0', id, result: { first: true } },
      { jsonrpc: '2.0', id, result: { first: false } },
    ];
    await session?.receiver.received(Buffer.from(JSON.stringify(messages)));
    const done = await running;
    assert.deepEqual(done.resultType === 'complete' && done.result.value, { first: true });
    await client[Symbol.asyncDispose]();
  });

  it('gets no progress token unless progress is wanted, and cannot forge one', async () => {
    const { server, client } = start(() => undefined);
    const seen: McpNotification[] = [];
    const running = client.request(toolCall('x'), testIo(seen));
    await soon();
    const call = server.got('tools/call')[0] as FakeMessage;
    assert.equal(call.params?.['_meta'], undefined);
    const params = { progressToken: call.id, progress: 1 };
    await server.sessions[0]?.say({ method: 'notifications/progress', params });
    await server.sessions[0]?.say({ id: call.id, result: {} });
    await running;
    assert.deepEqual(seen, []);
    await client[Symbol.asyncDispose]();
  });
});
