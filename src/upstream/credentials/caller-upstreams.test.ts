import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import type { Upstream, UpstreamCaller, UpstreamRequest } from '../contract.ts';
import { callerOf } from '../upstream.ts';
import { CallerUpstreams } from './caller-upstreams.ts';

const own = callerOf('ten_a', 'service:svc_1');
const io = {} as unknown as ExchangeIo;

function world(t: TestContext) {
  const life = new AbortController();
  t.after(() => life.abort());
  const opened: UpstreamCaller[] = [];
  const closed: UpstreamCaller[] = [];
  const upstreams = new CallerUpstreams({
    own,
    signal: life.signal,
    open: (caller, signal) => {
      opened.push(caller);
      const upstream: Upstream = {
        discover: () => Promise.reject(new Error(`discovered by ${caller.grantId}`)),
        request: () =>
          Promise.resolve({
            resultType: 'complete',
            result: JsonBytes.fromValue({ by: caller.grantId }),
          }),
        listen: async function* () {},
        [Symbol.asyncDispose]: () => {
          assert.equal(signal.aborted, true);
          closed.push(caller);
          return Promise.resolve();
        },
      };
      return Promise.resolve(upstream);
    },
  });
  const ask = async (caller: UpstreamCaller): Promise<unknown> => {
    const request = { method: 'tools/call', params: {}, caller } as unknown as UpstreamRequest;
    const outcome = await upstreams.request(request, io);
    return outcome.resultType === 'complete' ? outcome.result.value['by'] : undefined;
  };
  return { upstreams, opened, closed, life, ask };
}

const user = (grantId: string, account = ''): UpstreamCaller => ({
  ...callerOf('ten_a', grantId),
  account: () => Promise.resolve(account),
});

describe('upstreams of callers', () => {
  test('are one for each caller, and the service’s own is no user’s', async (t) => {
    const { ask, opened, upstreams } = world(t);
    assert.deepEqual(await Promise.all([ask(user('key_1')), ask(user('key_2')), ask(own)]), [
      'key_1',
      'key_2',
      'service:svc_1',
    ]);
    await ask(user('key_1'));
    assert.equal(opened.length, 3);
    assert.ok(opened.includes(own));
    const { signal } = new AbortController();
    await assert.rejects(upstreams.discover(signal), /discovered by service:svc_1/);
    await assert.rejects(upstreams.discover(signal, user('key_1')), /discovered by key_1/);
  });

  test('end with the account they were opened for', async (t) => {
    const { ask, opened, closed } = world(t);
    await ask(user('key_1', 'con_1'));
    await ask(user('key_1', 'con_2'));
    await ask(user('key_1', 'con_2'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(opened.length, 2);
    assert.deepEqual(closed, [opened[0]]);
  });

  test('are callerUpstreamsMax at most: the one that is idle longest makes room', async (t) => {
    const { ask, opened, closed } = world(t);
    t.mock.timers.enable({ apis: ['Date'], now: 1 });
    for (let at = 0; at < limits.callerUpstreamsMax; at++) {
      t.mock.timers.tick(1);
      await ask(user(`key_${at}`));
    }
    assert.equal(closed.length, 0);
    await ask(user('key_more'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(closed, [opened[0]]);
  });

  test('are closed after callerUpstreamIdleMs, and all with the service', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1 });
    const { ask, closed, life, opened } = world(t);
    await ask(user('key_1'));
    t.mock.timers.tick(limits.callerUpstreamIdleMs);
    await ask(user('key_2'));
    assert.equal(closed.length, 0);
    t.mock.timers.tick(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(closed, [opened[0]]);
    life.abort();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(closed.length, 2);
    await assert.rejects(ask(user('key_3')), { code: 'shutting_down' });
  });
});
