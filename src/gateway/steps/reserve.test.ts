import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Limiter } from '../../policy/limits/limiter.ts';
import type { Ending } from '../ending.ts';
import type { Permitted } from '../exchange.ts';
import type { SpendControl, SpendRequest, Spending } from '../spending/spend-control.ts';
import { createReserve } from './reserve.ts';

const ending = {} as Ending;
const live = { service: { id: 'svc_1', slug: 'one' } };

const permitted = {
  principal: testPrincipal(),
  request: { method: 'tools/call', params: {} },
  target: { kind: 'upstream', live, name: 'echo', params: {} },
  startedAtMs: 5,
  bytesIn: 9,
  attributes: null,
} as unknown as Permitted;

/** Bounds that count who is inside. */
function boundsOf() {
  const inside = { count: 0 };
  const limiter = {
    enter: () => [void inside.count++],
    leave: () => void inside.count--,
  } as unknown as Limiter;
  return { inside, limiter, shedder: { check: () => {} } };
}

const spendingOf = (release: () => Promise<void>): Spending => ({
  settlePart: () => null,
  settle: () => null,
  release,
});
const controlOf = (hold: SpendControl['hold'], isBound = true): SpendControl => {
  return { isBound: () => isBound, hold };
};

describe('what a call may spend', () => {
  it('is not asked for a tenant without credit and budgets, nor for what was paid', () => {
    const control = controlOf(() => assert.fail('asked'), false);
    const { limiter, shedder } = boundsOf();
    const free = createReserve({ limiter, shedder, spending: control })(permitted);
    assert.ok(!(free instanceof Promise) && free.spending === undefined);
    const bound = controlOf(() => assert.fail('asked'));
    const paid = { limiter, shedder, spending: bound, isKept: () => true };
    assert.ok(!(createReserve(paid)(permitted) instanceof Promise));
  });

  it('is there at once where the leases suffice, and after the pools otherwise', async () => {
    const requests: SpendRequest[] = [];
    const one = spendingOf(async () => {});
    for (const answer of [one, Promise.resolve(one)]) {
      const { inside, limiter, shedder } = boundsOf();
      const spending = controlOf((request) => {
        requests.push(request);
        return answer;
      });
      const hold = createReserve({ limiter, shedder, spending })(permitted);
      assert.equal(hold instanceof Promise, answer instanceof Promise);
      const held = await hold;
      assert.equal(held.spending, one);
      await held.settle(ending);
      assert.equal(inside.count, 0);
    }
    const { tenant, subject, grantId } = testPrincipal();
    const asked = { tenant, userId: subject.id, grantId, services: [live.service] };
    const call = { tool: 'echo', method: 'tools/call', startedAtMs: 5, bytesIn: 9 };
    assert.deepEqual(requests[1], { ...asked, ...call, attributes: null });
  });

  it('leaves no place taken when it is refused', async () => {
    const refusal = new GatewayError('insufficient_credit');
    for (const hold of [
      () => {
        throw refusal;
      },
      () => Promise.reject(refusal),
    ]) {
      const { inside, limiter, shedder } = boundsOf();
      const reserve = createReserve({ limiter, shedder, spending: controlOf(hold) });
      await assert.rejects(async () => reserve(permitted), refusal);
      assert.equal(inside.count, 0);
    }
  });

  it('is given back before the answer, which waits poolReleaseWaitMs at most', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const settled = async (release: () => Promise<void>, passMs: number): Promise<boolean> => {
      const { limiter, shedder } = boundsOf();
      const spending = controlOf(() => spendingOf(release));
      const hold = await createReserve({ limiter, shedder, spending })(permitted);
      let isSettled = false;
      void Promise.resolve(hold.settle(ending)).then(() => (isSettled = true));
      t.mock.timers.tick(passMs);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      return isSettled;
    };
    const never = () => new Promise<void>(() => {});
    assert.equal(await settled(async () => {}, 0), true);
    assert.equal(await settled(never, limits.poolReleaseWaitMs - 1), false);
    assert.equal(await settled(never, limits.poolReleaseWaitMs), true);
  });
});
