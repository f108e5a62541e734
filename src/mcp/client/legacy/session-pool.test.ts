import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  asking,
  keyOf,
  other,
  question,
  soon,
  startLegacyClient as start,
  stateOf,
  usual,
} from '../../../../test/support/mcp-client/start-legacy-client.ts';
import { testIo, toolCall } from '../../../../test/support/mcp-stdio/harness.ts';
import { limits } from '../../../kernel/limits.ts';
import type { McpNotification, McpOutcome } from '../../message.ts';

describe('sessions of a server that all callers share', () => {
  it('run one call at a time that can be asked, and others side by side', async () => {
    const { server, client } = start(usual, { sessionsPerCallerMax: 1 });
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

  it('are more while calls run that can be asked, up to a bound', async () => {
    const { server, client } = start(usual, { sessionsPerCallerMax: 3 });
    const calls = Array.from({ length: 4 }, () =>
      client.request(toolCall('never', {}, asking), testIo()),
    );
    await soon(20);
    assert.equal(server.sessions.length, 3);
    assert.equal(server.got('tools/call').length, 3);
    await client[Symbol.asyncDispose]();
    await Promise.allSettled(calls);
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

  const bounds = [
    limits.profilesPerUpstreamMax,
    limits.childrenPerServiceMax,
    limits.sessionsPerUpstreamMax,
  ];
  it(`are at most ${bounds.join(' or ')}; the idle one used longest ago makes room`, async () => {
    for (const sessionsMax of bounds) await fillUp(sessionsMax);
  });

  async function fillUp(sessionsMax: number): Promise<void> {
    const { server, client } = start(usual, { sessionsMax, sessionsPerCallerMax: sessionsMax });
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
    const running = client.request(toolCall('never'), testIo());
    await soon();
    await assert.rejects(client.request(toolCall('x', {}, asking), testIo()), { code: 'too_many' });
    await client[Symbol.asyncDispose]();
    await assert.rejects(running);
  });

  it('are not kept by calls that wait for their users when others need room', async () => {
    const { server, client } = start(usual, {
      isolation: 'caller',
      exclusive: true,
      sessionsMax: 3,
    });
    const ask = (grantId: string, n: number) =>
      client.request(
        { ...toolCall('ask', { n }, asking), caller: { tenant: 't', grantId } },
        testIo(),
      );
    const lone = await ask('lone', 0);
    const first = await ask('many', 1);
    const second = await ask('many', 2);
    const late = await ask('late', 3);
    assert.equal(late.resultType, 'input_required');
    assert.equal(server.sessions.length, 4);
    const retry = (grantId: string, n: number, asked: McpOutcome) => {
      const inputResponses = { [keyOf(asked)]: { action: 'cancel' } };
      const call = toolCall('ask', { n }, asking, { inputResponses, ...stateOf(asked) });
      return client.request({ ...call, caller: { tenant: 't', grantId } }, testIo());
    };
    await assert.rejects(retry('many', 1, first), /given up: its place was needed/);
    const waiting = Promise.allSettled([
      retry('lone', 0, lone),
      retry('many', 2, second),
      retry('late', 3, late),
    ]);
    await soon(20);
    const answers = server.sessions.flatMap(({ got }) => got.filter(({ id }) => id === 'q'));
    assert.equal(answers.filter(({ error }) => error === undefined).length, 4);
    await client[Symbol.asyncDispose]();
    await waiting;
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
  const own = { isolation: 'caller', sessionsMax: 4 } as const;

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
    const { server, client } = start(usual, {
      ...own,
      exclusive: true,
      sessionsMax: 99,
      sessionsPerCallerMax: most,
    });
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
