import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Cancellation } from '../../../kernel/cancellation.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { JsonBytes } from '../../../kernel/json-bytes.ts';
import { silentLog } from '../../../kernel/log.ts';
import type { Era, ExchangeIo, McpOutcome } from '../../message.ts';
import type { ServerChange } from '../change-filter.ts';
import type { CallerRequest, EraClient } from '../era-client.ts';
import type { Doubt, DoubtedVerdict, EraHost, EraVerdict } from './era-decider.ts';
import { EraResolver } from './era-resolver.ts';

const call: CallerRequest = {
  method: 'tools/call',
  params: { name: 'x' },
  client: { era: 'modern', protocolVersion: '2026-07-28', capabilities: {} },
  wantsProgress: false,
  caller: { tenant: 't', grantId: 'c' },
};

const io = (): ExchangeIo => ({
  cancellation: new Cancellation(),
  deadlineMs: Number.POSITIVE_INFINITY,
  notified: 0,
  notify: () => undefined,
});

/** A client that answers with its transport's name, or fails. */
class FakeClient implements EraClient {
  readonly era: Era;
  readonly transport: string;
  failure: Error | undefined;
  isClosed = false;

  constructor(era: Era, transport: string, failure?: Error) {
    this.era = era;
    this.transport = transport;
    this.failure = failure;
  }

  discover() {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const rest = { serverInfo: {}, capabilities: {}, listsVaryByCapabilities: false };
    return Promise.resolve({ era: this.era, protocolVersion: this.transport, ...rest });
  }

  request(): Promise<McpOutcome> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const result = JsonBytes.fromValue({ transport: this.transport });
    return Promise.resolve({ resultType: 'complete', result });
  }

  async *listen() {}

  listsChanged(): void {}

  [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

class Doubtful extends Error {}

/** A resolver whose decider hands out these clients, and what it was told. */
function resolverOf(clients: readonly FakeClient[], doubt: Doubt, verdictMs?: number) {
  const asked: (DoubtedVerdict | undefined)[] = [];
  const changes: ServerChange[] = [];
  let host: EraHost | undefined;
  let closes = 0;
  const resolver = new EraResolver(
    {
      decide: async (given, doubted): Promise<EraVerdict> => {
        host = given;
        asked.push(doubted);
        await turn();
        const client = clients[asked.length - 1];
        if (client === undefined) throw new GatewayError('upstream_unavailable');
        return { client, transport: client.transport };
      },
      doubt: (_verdict, error) => (error instanceof Doubtful ? doubt : 'none'),
      close: () => {
        closes++;
        return Promise.resolve();
      },
    },
    {
      verdictMs,
      changed: (change) => changes.push(change),
      signal: new AbortController().signal,
      log: silentLog,
    },
  );
  const lose = (client: EraClient): void =>
    host?.lost(client, new GatewayError('upstream_failed', 'gone'));
  return { resolver, asked, changes, lose, closes: () => closes };
}

const transportOf = (outcome: McpOutcome): unknown => {
  assert.equal(outcome.resultType, 'complete');
  return outcome.result.value['transport'];
};

describe('EraResolver', () => {
  it('finds the era out once, however many ask at a time', async () => {
    const { resolver, asked } = resolverOf([new FakeClient('modern', 'a')], 'none');
    const outcomes = await Promise.all([1, 2, 3].map(() => resolver.request(call, io())));
    assert.deepEqual(outcomes.map(transportOf), ['a', 'a', 'a']);
    assert.equal(asked.length, 1);
  });

  it('keeps no failure to find it out', async () => {
    const { resolver, asked } = resolverOf([], 'none');
    const failure = { code: 'upstream_unavailable' };
    await assert.rejects(resolver.request(call, io()), failure);
    await assert.rejects(resolver.discover(new AbortController().signal), failure);
    assert.equal(asked.length, 2);
  });

  it('repeats a request that was refused unread when the server is another now', async () => {
    const first = new FakeClient('modern', 'a');
    const { resolver, asked } = resolverOf([first, new FakeClient('legacy', 'b')], 'repeat');
    assert.equal(transportOf(await resolver.request(call, io())), 'a');
    first.failure = new Doubtful();
    assert.equal(transportOf(await resolver.request(call, io())), 'b');
    assert.equal(asked[1]?.verdict.client, first);
    assert.equal(asked[1]?.error, first.failure);
    assert.ok(first.isClosed);
  });

  it('does not repeat it when the server is the same', async () => {
    const clients = [new FakeClient('modern', 'a', new Doubtful()), new FakeClient('modern', 'a')];
    const { resolver, asked } = resolverOf(clients, 'repeat');
    await assert.rejects(resolver.request(call, io()), Doubtful);
    assert.equal(asked.length, 2);
  });

  it('only drops the verdict when the request may have been taken', async () => {
    const clients = [new FakeClient('legacy', 'a', new Doubtful()), new FakeClient('modern', 'b')];
    const { resolver, asked } = resolverOf(clients, 'drop');
    await assert.rejects(resolver.request(call, io()), Doubtful);
    assert.equal(asked.length, 1);
    assert.equal(transportOf(await resolver.request(call, io())), 'b');
  });

  it('takes other errors for what they are', async () => {
    const { resolver, asked } = resolverOf(
      [new FakeClient('modern', 'a', new Error('other'))],
      'repeat',
    );
    await assert.rejects(resolver.request(call, io()), /other/);
    await assert.rejects(resolver.request(call, io()), /other/);
    assert.equal(asked.length, 1);
  });

  it('checks an old verdict again, but only that a server is legacy', async (test) => {
    for (const [era, count] of [
      ['legacy', 2],
      ['modern', 1],
    ] as const) {
      const clients = [new FakeClient(era, 'a'), new FakeClient('modern', 'b')];
      const { resolver, asked } = resolverOf(clients, 'none', 1_000);
      const never = new AbortController().signal;
      const now = Date.now();
      const clock = test.mock.method(Date, 'now', () => now);
      await resolver.discover(never);
      clock.mock.mockImplementation(() => now + 999);
      await resolver.discover(never);
      assert.equal(asked.length, 1);
      clock.mock.mockImplementation(() => now + 1_100);
      await resolver.discover(never);
      clock.mock.restore();
      assert.equal(asked.length, count, era);
    }
  });

  it('finds the era out anew when a connection is gone, and says so', async () => {
    const first = new FakeClient('modern', 'a');
    const made = resolverOf([first, new FakeClient('modern', 'b')], 'none');
    await made.resolver.request(call, io());
    made.lose(first);
    assert.deepEqual(made.changes, [{ kind: 'lost', text: 'gone' }]);
    assert.equal(transportOf(await made.resolver.request(call, io())), 'b');
    assert.equal(made.asked[1], undefined);
  });

  it('closes what was found out when it was closed meanwhile', async () => {
    const client = new FakeClient('modern', 'a');
    const { resolver, closes } = resolverOf([client], 'none');
    const running = resolver.request(call, io());
    await resolver[Symbol.asyncDispose]();
    await assert.rejects(running, { code: 'shutting_down' });
    assert.ok(client.isClosed);
    assert.equal(closes(), 1);
    await assert.rejects(resolver.request(call, io()), { code: 'shutting_down' });
  });
});
