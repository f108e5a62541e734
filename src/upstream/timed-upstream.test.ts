import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { complete, FakeUpstream } from '../../test/support/fake-upstream.ts';
import { Cancellation, cancelError } from '../kernel/cancellation.ts';
import { errorRegistry, GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { ExchangeIo, McpOutcome } from '../mcp/message.ts';
import { channelTimed, httpTimed } from './timed-upstream.ts';
import { programTimeouts, serviceTimeouts } from './timeouts.ts';
import type { Upstream } from './upstream.ts';

const progress = { method: 'notifications/progress', params: { progress: 1 } };

/** A call that is under way in an upstream, and what it ended with. */
function calling(make: (upstream: Upstream) => Upstream, more: Partial<ExchangeIo> = {}) {
  const inner = Promise.withResolvers<McpOutcome>();
  let io: ExchangeIo | undefined;
  const upstream = make(
    new FakeUpstream({
      'tools/call': (_, given) => {
        io = given;
        given.cancellation.onCancel((reason) => inner.reject(cancelError(reason)));
        return inner.promise;
      },
    }),
  );
  const cancellation = new Cancellation();
  const client: ExchangeIo = {
    cancellation,
    deadlineMs: Infinity,
    notified: 0,
    notify: () => undefined,
    ...more,
  };
  let ended: unknown;
  const request = { method: 'tools/call', params: {} } as never;
  const done = upstream.request(request, client).then(
    (outcome) => (ended = outcome),
    (error: unknown) => (ended = error),
  );
  return {
    io: (): ExchangeIo => io as ExchangeIo,
    answer: () => inner.resolve(complete({})),
    cancellation,
    done,
    ended: () => ended,
  };
}

const turns = async (): Promise<void> => {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
};

const clock = (test: TestContext) => {
  test.mock.timers.enable({ apis: ['setTimeout'] });
  return async (ms: number): Promise<void> => {
    await turns();
    test.mock.timers.tick(ms);
    await turns();
  };
};

const isLate = (error: unknown, phase: string): void => {
  assert.ok(error instanceof GatewayError, String(error));
  assert.equal(error.code, 'upstream_timeout');
  assert.ok(errorRegistry[error.code].retryable);
  assert.equal(error.message, `The service slow did not answer in time (phase: ${phase}).`);
};

describe('the times of calls on a channel', () => {
  it('cut a call of which nothing comes, and name service and phase', async (test) => {
    const pass = clock(test);
    const call = calling((upstream) => channelTimed(upstream, 'slow'));
    await pass(limits.upstreamHeadersMs - 1);
    assert.equal(call.ended(), undefined);
    await pass(1);
    isLate(call.ended(), 'first byte');
    const silent = calling((upstream) => channelTimed(upstream, 'slow'));
    await turns();
    void silent.io().notify(progress);
    await pass(limits.upstreamIdleMs - 1);
    assert.equal(silent.ended(), undefined);
    await pass(1);
    isLate(silent.ended(), 'idle');
  });

  it('begin anew with each progress notification', async (test) => {
    const pass = clock(test);
    const call = calling((upstream) => channelTimed(upstream, 'slow', { idleMs: 1_000 }));
    for (let count = 0; count < 5; count++) {
      await pass(999);
      void call.io().notify(progress);
    }
    assert.equal(call.ended(), undefined);
    await pass(1_000);
    isLate(call.ended(), 'idle');
  });

  it('end a call at its total time, whatever comes of it', async (test) => {
    const pass = clock(test);
    const call = calling((upstream) => channelTimed(upstream, 'slow', { totalMs: 2_000 }));
    for (let count = 0; count < 4; count++) {
      void call.io()?.notify(progress);
      await pass(500);
    }
    isLate(call.ended(), 'total');
  });

  it('do not count what is silent as a task, or after it was answered', async (test) => {
    const pass = clock(test);
    const detached = calling((upstream) => channelTimed(upstream, 'slow'), { isDetached: true });
    const task = calling((upstream) => channelTimed(upstream, 'slow'));
    await turns();
    task.io().began?.();
    await pass(limits.upstreamHeadersMs * 2);
    for (const call of [detached, task]) {
      assert.equal(call.ended(), undefined);
      call.answer();
      await call.done;
      assert.equal((call.ended() as McpOutcome).resultType, 'complete');
      await pass(limits.upstreamHeadersMs * 2);
      assert.equal(call.io().cancellation.reason, undefined);
    }
  });

  it('leave a cancellation by the client what it is', async () => {
    const call = calling((upstream) => channelTimed(upstream, 'slow'));
    await turns();
    call.cancellation.cancel('cancelled');
    await call.done;
    assert.equal((call.ended() as GatewayError).code, 'cancelled');
  });
});

describe('the times of calls over HTTP', () => {
  it('are those of the connection unless they are configured', async (test) => {
    const plain = new FakeUpstream({});
    assert.equal(httpTimed(plain, 'slow'), plain);
    const pass = clock(test);
    const call = calling((upstream) => httpTimed(upstream, 'slow', { idleMs: 1_000 }));
    await turns();
    void call.io().notify(progress);
    await pass(1_000);
    isLate(call.ended(), 'idle');
    const whole = calling((upstream) => httpTimed(upstream, 'slow', { totalMs: 500 }));
    await pass(500);
    isLate(whole.ended(), 'total');
  });
});

describe('the setting timeouts', () => {
  it('takes serviceWaitMsMin to serviceWaitMsMax and no other key', () => {
    const { serviceWaitMsMin: min, serviceWaitMsMax: max } = limits;
    for (const ms of [min, max]) assert.ok(serviceTimeouts.safeParse({ connectMs: ms }).success);
    for (const ms of [min - 1, max + 1, 0.5]) {
      assert.equal(serviceTimeouts.safeParse({ idleMs: ms }).success, false);
    }
    assert.equal(serviceTimeouts.safeParse({ readMs: 500 }).success, false);
    assert.equal(programTimeouts.safeParse({ connectMs: 500 }).success, false);
    assert.ok(programTimeouts.safeParse({ firstByteMs: 500, idleMs: 500, totalMs: 500 }).success);
  });
});
