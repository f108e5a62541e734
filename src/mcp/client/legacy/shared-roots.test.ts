import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  FakeLegacyServer,
  type FakeAnswer,
} from '../../../../test/support/mcp-client/fake-legacy-server.ts';
import { testIo, toolCall } from '../../../../test/support/mcp-stdio/harness.ts';
import { limits } from '../../../kernel/limits.ts';
import { LegacyClient } from './legacy-client.ts';

const withRoots = { roots: {} };
const roots = { roots: [{ uri: 'file:///home/ada' }] };
const other = { tenant: 't', grantId: 'other' };

/** Asks for the roots during `look`, and answers everything else at once. */
const usual: FakeAnswer = ({ method, params, id }, session) => {
  if (method === 'tools/call' && params?.['name'] === 'look') {
    void session.say({ id: 'q', method: 'roots/list' });
    return undefined;
  }
  return method === undefined || id === undefined ? undefined : { said: method };
};

function start(answer: FakeAnswer): { server: FakeLegacyServer; client: LegacyClient } {
  const server = new FakeLegacyServer(answer);
  return { server, client: new LegacyClient(server.transport(), { changed: () => {} }) };
}

/** Calls `look` and tells the server the roots. */
async function tellRoots({ server, client }: ReturnType<typeof start>): Promise<void> {
  const asked = await client.request(toolCall('look', {}, withRoots), testIo());
  assert.equal(asked.resultType, 'input_required');
  const [key] = Object.keys(asked.inputRequests ?? {});
  assert.ok(key !== undefined && asked.requestState !== undefined);
  const { requestState } = asked;
  const retry = { requestState, inputResponses: { [key]: roots } };
  const done = client.request(toolCall('look', {}, withRoots, retry), testIo());
  const [session] = server.sessions;
  const call = server.got('tools/call').at(-1);
  await session?.say({ id: call?.id, result: {} });
  assert.equal((await done).resultType, 'complete');
  assert.deepEqual(session?.got.find(({ id }) => id === 'q')?.result, roots);
}

describe('roots told to a server that all callers share', () => {
  it('leave the session to the caller whose they are', async () => {
    const world = start(usual);
    const { server, client } = world;
    await using _closing = client;
    await client.request({ ...toolCall('x', {}, withRoots), caller: other }, testIo());
    assert.equal(server.sessions.length, 1, 'nobody told it roots yet');
    await tellRoots(world);
    await client.request({ ...toolCall('b', {}, withRoots), caller: other }, testIo());
    await client.request(toolCall('a', {}, withRoots), testIo());
    const calls = server.sessions.map(({ got }) =>
      got.flatMap(({ method, params }) => (method === 'tools/call' ? [params?.['name']] : [])),
    );
    assert.deepEqual(calls, [['x', 'look', 'a'], ['b']]);
  });

  it('are not those of the call that happens to run when the server starts', async () => {
    // As a busy server does: it takes its time, and does one thing after the other.
    let work = Promise.resolve();
    const { server, client } = start(({ method, id }, session) => {
      const question = { id: 'start', method: 'roots/list' };
      const message = method === 'notifications/initialized' ? question : { id, result: {} };
      if (message === question || (method !== undefined && id !== undefined)) {
        work = work.then(() => delay(2 * limits.inputGatherMs)).then(() => session.say(message));
      }
      return undefined;
    });
    await using _closing = client;
    const done = await client.request(toolCall('x', {}, withRoots), testIo());
    assert.equal(done.resultType, 'complete');
    const refused = server.sessions[0]?.got.find(({ id }) => id === 'start');
    assert.equal(refused?.error?.['code'], -32_601);
  });

  it(`are not waited for longer than ${limits.sessionSettleMs} ms`, async () => {
    const { client } = start((message, session) =>
      message.method === 'ping' ? undefined : usual(message, session),
    );
    await using _closing = client;
    const started = performance.now();
    await client.request(toolCall('x', {}, withRoots), testIo());
    const waitedMs = performance.now() - started;
    assert.ok(waitedMs > limits.sessionSettleMs * 0.9 && waitedMs < limits.sessionSettleMs * 5);
  });

  it('cost nothing where nobody has any', async () => {
    const { server, client } = start(usual);
    await using _closing = client;
    await client.request(toolCall('x'), testIo());
    assert.deepEqual(server.got('ping'), []);
  });
});
