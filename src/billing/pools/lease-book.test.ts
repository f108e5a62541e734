import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tenantId } from '../../kernel/principal.ts';
import { LeaseBook, type CallHold } from './lease-book.ts';
import type { LeaseAnswer, LeaseRequest } from './lease-port.ts';
import { PoolShortage } from './pool-shortage.ts';

const A = tenantId('ten_a');

/** A book, what it asked for and what it gave back; requests are answered one after the other. */
function openBook(answers: readonly (LeaseAnswer | Error)[]) {
  const asked: LeaseRequest[] = [];
  const closed: [string, bigint][] = [];
  const clock = { nowMs: 0 };
  let ids = 0;
  const book = new LeaseBook({
    port: {
      acquire: (request) => {
        const answer = answers[asked.length] ?? { kind: 'refused', available: 0n };
        asked.push(request);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      close: (_tenant, id, spent) => Promise.resolve(void closed.push([id, spent])),
    },
    newLeaseId: () => `lease${++ids}`,
    nowMs: () => clock.nowMs,
    usableMs: 1_000,
    idleMs: 100,
    rateWindowMs: 50,
  });
  return { book, asked, closed, clock };
}

const granted = (amount: bigint, isTight = false): LeaseAnswer => {
  return { kind: 'granted', granted: amount, isTight, left: 100n };
};
const draw = (amount: bigint, poolId = 'wallet') => ({ poolId, amount });

test('a lease that suffices is drawn from at once, and given back when it is idle', async () => {
  const { book, asked, closed, clock } = openBook([granted(10n)]);
  const first = await book.hold(A, [draw(4n)]);
  const second = book.hold(A, [draw(6n)]);
  assert.ok(!(second instanceof Promise), 'nobody is asked');
  assert.deepEqual(first.settle([3n]), [['lease1', 3n]]);
  assert.deepEqual(second.settle([9n]), [['lease1', 6n]], 'no more than was set aside');
  await Promise.all([first.release(), second.release()]);
  await book.giveBackIdle();
  assert.deepEqual(closed, []);
  clock.nowMs = 100;
  await book.giveBackIdle();
  assert.deepEqual(closed, [['lease1', 9n]]);
  assert.equal(asked.length, 1);
  assert.throws(() => first.settle([1n]), /once/);
});

test('parts of a call take their share of what it holds along', async () => {
  const { book, closed } = openBook([granted(10n, true)]);
  const hold = await book.hold(A, [draw(8n)]);
  assert.deepEqual(hold.settlePart([3n]), [['lease1', 3n]]);
  assert.deepEqual(hold.settlePart([3n]), [['lease1', 3n]]);
  const more = book.hold(A, [draw(3n)]);
  assert.ok(more instanceof Promise, 'two are free, not more');
  await assert.rejects(more, PoolShortage);
  assert.deepEqual(hold.settlePart([9n]), [['lease1', 2n]]);
  assert.deepEqual(hold.settlePart([1n]), [['lease1', 0n]]);
  assert.deepEqual(hold.settle([1n]), [['lease1', 0n]]);
  assert.throws(() => hold.settlePart([1n]), /settled already/);
  await hold.release();
  assert.deepEqual(closed, [['lease1', 8n]]);
});

test('of many calls at once that a pool has too little for, the first is served', async () => {
  const { book, asked, closed } = openBook([granted(5n, true)]);
  const holds = Array.from({ length: 200 }, async () => book.hold(A, [draw(5n)]));
  const ends = await Promise.allSettled(holds);
  const served = ends.filter((one) => one.status === 'fulfilled');
  assert.equal(served.length, 1);
  for (const end of ends) {
    if (end.status === 'rejected') assert.ok(end.reason instanceof PoolShortage);
  }
  assert.deepEqual(
    asked.map(({ leaseId, needed, wanted }) => [leaseId, needed, wanted]),
    [
      ['lease1', 5n, 40n],
      ['lease2', 5n, 995n],
    ],
    'one question for all who wait',
  );
  await served[0]?.value.release();
  assert.deepEqual(closed, [['lease1', 0n]], 'what is scarce goes back at once');
});

test('what may still be spent is told without asking', async () => {
  const { book } = openBook([granted(50n), granted(20n, true)]);
  assert.equal(book.balanceOf(A, 'wallet'), undefined);
  const first = await book.hold(A, [draw(30n)]);
  assert.equal(book.balanceOf(A, 'wallet'), 120n);
  first.settle([10n]);
  assert.equal(book.balanceOf(A, 'wallet'), 140n, 'what it did not cost is there again');
  await first.release();
  await book.giveBackAll();
  assert.equal(book.balanceOf(A, 'wallet'), undefined, 'nobody looks at it any more');
});

test('a call takes from all its pools or from none', async () => {
  const { book, closed } = openBook([granted(50n), { kind: 'refused', available: 2n }]);
  const both = book.hold(A, [draw(3n), draw(3n, 'budget')]);
  const shortage = { name: 'PoolShortage', poolId: 'budget', needed: 3n, available: 2n };
  await assert.rejects(Promise.resolve(both), shortage);
  const whole = book.hold(A, [draw(50n)]);
  assert.ok(!(whole instanceof Promise));
  await whole.release();
  await book.giveBackAll();
  assert.deepEqual(closed, [['lease1', 0n]]);
});

test('an id without an answer is asked for again; no lease is used after its time', async () => {
  const { book, asked, clock } = openBook([new Error('lost'), granted(10n), granted(10n)]);
  const lost = book.hold(A, [draw(1n)]);
  await assert.rejects(Promise.resolve(lost), /lost/);
  clock.nowMs = 999;
  const hold: CallHold = await book.hold(A, [draw(1n)]);
  assert.deepEqual(hold.settle([1n]), [['lease1', 1n]]);
  clock.nowMs = 1_000;
  const next = await book.hold(A, [draw(1n)]);
  assert.deepEqual(next.settle([1n]), [['lease2', 1n]], 'its time is counted from the first try');
  assert.deepEqual(
    asked.map(({ leaseId }) => leaseId),
    ['lease1', 'lease1', 'lease2'],
  );
});
