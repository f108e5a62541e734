import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abandonLease, askPool, closeLease, drawLease, settleLease } from './lease-steps.ts';
import type { Pool, PoolLease } from './pool.ts';

const empty: Pool = { id: 'wallet', limit: 100n, spent: 0n, outstanding: 0n, overrun: 0n };
const asked = { leaseId: 'l', nodeId: 'n', runId: 'r', expiresAtMs: 9, needed: 10n, wanted: 10n };

function lent(): { readonly pool: Pool; readonly lease: PoolLease } {
  return askPool(empty, asked, undefined, 1).changed ?? assert.fail('refused');
}

test('what an owner spent is what its records draw, the rest is free at once', () => {
  const { pool, lease } = lent();
  assert.equal(pool.outstanding, 10n);
  const closed = closeLease(pool, lease, 6n);
  assert.deepEqual([closed.pool.outstanding, closed.lease.state], [6n, 'closed']);
  assert.deepEqual(closeLease(closed.pool, closed.lease, 0n), closed, 'said once');
  const drawn = drawLease(closed.pool, closed.lease, { hold: 6n, charge: 4n });
  assert.deepEqual([drawn.covered, drawn.overrun, drawn.lease.state], [4n, 0n, 'settled']);
  assert.deepEqual(drawn.pool, { ...empty, spent: 4n });
  for (const spent of [-1n, 11n]) assert.throws(() => closeLease(pool, lease, spent), RangeError);
});

test('a pool bears no more than was held, and nothing of what it gets back', () => {
  const { pool, lease } = lent();
  const over = drawLease(pool, lease, { hold: 3n, charge: 5n });
  assert.deepEqual([over.covered, over.overrun, over.pool.overrun], [3n, 2n, 2n]);
  const refund = drawLease(pool, lease, { hold: 3n, charge: -5n });
  assert.deepEqual([refund.covered, refund.overrun, refund.pool.spent], [0n, -5n, 0n]);
  assert.throws(() => drawLease(pool, lease, { hold: -1n, charge: 0n }), RangeError);
});

test('a late record draws what is available, and no more', () => {
  const { pool, lease } = lent();
  const settled = settleLease(pool, abandonLease(lease));
  assert.deepEqual([settled.pool, settled.lease.spent], [empty, 0n]);
  const late = drawLease(settled.pool, settled.lease, { hold: 5n, charge: 5n });
  assert.deepEqual([late.covered, late.lease.spent, late.lease.state], [5n, 5n, 'settled']);
  const full = { ...settled.pool, spent: 98n };
  const flagged = drawLease(full, settled.lease, { hold: 5n, charge: 5n });
  assert.deepEqual([flagged.covered, flagged.overrun, flagged.pool.spent], [2n, 3n, 100n]);
});

test('what another life of the owner asked for is over for this one', () => {
  const { pool, lease } = lent();
  const again = (runId: string) => askPool(pool, { ...asked, runId }, lease, 1).answer;
  assert.deepEqual(again('r'), { kind: 'granted', granted: 10n, isTight: true, left: 90n });
  assert.deepEqual(again('later'), { kind: 'over' });
});
