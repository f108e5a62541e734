import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FakeLegacyServer,
  type FakeMessage,
} from '../../../../test/support/mcp-client/fake-legacy-server.ts';
import {
  asking,
  keyOf,
  question,
  soon,
  startLegacyClient as start,
  stateOf,
  usual,
} from '../../../../test/support/mcp-client/start-legacy-client.ts';
import { rejectsWith, testIo, toolCall } from '../../../../test/support/mcp-stdio/harness.ts';
import { limits } from '../../../kernel/limits.ts';
import type { McpNotification } from '../../message.ts';
import { LegacyClient } from './legacy-client.ts';
import type { LegacyTransport } from './legacy-transport.ts';

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
    assert.deepEqual(done.resultType === 'complete' && done.result.value, {
      content: [],
      first: true,
    });
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
