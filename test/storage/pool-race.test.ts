import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseBook } from '../../src/billing/pools/lease-book.ts';
import { PoolShortage } from '../../src/billing/pools/pool-shortage.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { makeDatabase } from '../support/postgres-databases.ts';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';
import { A, newTenant } from './contract/fixtures.ts';

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';

/** The book of an instance whose process is gone when the test says so. */
function openBook({ pools }: Storage, nodeId: string, runId: string): LeaseBook {
  let ids = 0;
  return new LeaseBook({
    port: {
      acquire: (request) => pools.acquire({ nodeId, runId, lifeMs: 600_000 }, request),
      close: (tenant, leaseId, spent) => pools.close(tenant, leaseId, spent),
    },
    newLeaseId: () => `${nodeId} ${runId} ${ids++}`,
    nowMs: () => performance.now(),
    usableMs: 500_000,
    idleMs: 30_000,
    rateWindowMs: 2_000,
  });
}

test('of 200 calls at two instances, credit for one lets one through', { skip }, async () => {
  await using server = await startPostgres(programs ?? '');
  await using database = await makeDatabase(server.url);
  const settings = { url: database.url, poolMax: 4, connectMs: 5_000, statementMs: 10_000 };
  const one = await openPostgresStorage({ ...settings, log: silentLog });
  const other = await openPostgresStorage({ ...settings, log: silentLog });
  try {
    await one.tenants.create(newTenant(A));
    const credit = { id: 'crg_1', key: 'k', kind: 'bought', currency: 'USD', amount: 7n } as const;
    await one.credit.grant(A, { ...credit, priority: 1, expiresAtMs: null, createdAtMs: 1 });
    const books = [openBook(one, 'one', '1'), openBook(other, 'other', '1')];
    const call = async (_: unknown, index: number) =>
      books[index % 2]?.hold(A, [{ poolId: 'wallet:USD', amount: 7n }]);
    const ends = await Promise.allSettled(Array.from({ length: 200 }, call));
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    assert.equal(refused.filter((reason) => reason instanceof PoolShortage).length, 199);

    // Both are killed with the call under way. When they are back, what no record says is free.
    await one.pools.abandon('one', '2');
    await other.pools.abandon('other', '2');
    const fence = await one.leases.acquire('billing.pools', 'one', 60_000);
    const sweep = { nowMs: 0, graceMs: 0, keptMs: 0, rowsMax: 9 };
    await one.pools.sweep(sweep, fence ?? assert.fail());
    const next = await openBook(other, 'other', '2').hold(A, [
      { poolId: 'wallet:USD', amount: 7n },
    ]);
    assert.equal(next.settle([7n]).length, 1);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});
