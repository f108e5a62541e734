import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { silentLog } from '../../src/kernel/log.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { encodeUsageLine, type UsageRecord } from '../../src/metering/store.ts';
import { openUsageLog } from '../../src/metering/usage-log.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { makeDatabase } from '../support/postgres-databases.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { usageRecord } from '../support/usage-record.ts';
import { appendAll, usageRecords } from '../support/usage-world.ts';

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';
const A = tenantId('ten_a');
const sizes = { poolMax: 4, connectMs: 2_000, statementMs: 10_000 };

const linesOf = (records: readonly UsageRecord[]): Buffer =>
  Buffer.from(records.map(encodeUsageLine).join(''));

describe('usage on PostgreSQL', { skip }, () => {
  let server: PostgresServer;
  before(async () => (server = await startPostgres(programs ?? '')));
  after(() => server[Symbol.asyncDispose]());

  const open = async (t: TestContext, instances: number): Promise<readonly Storage[]> => {
    const database = await makeDatabase(server.url);
    const { url } = database;
    const opened = await Promise.all(
      Array.from({ length: instances }, () =>
        openPostgresStorage({ url, ...sizes, log: silentLog }),
      ),
    );
    t.after(async () => {
      await Promise.all(opened.map((storage) => storage.close()));
      await database[Symbol.asyncDispose]();
    });
    return opened;
  };

  test('is exact when two gateways store the same records at the same time', async (t) => {
    const [one, other] = (await open(t, 2)) as [Storage, Storage];
    const records = [...usageRecords(300), ...usageRecords(300, { tenant: 'ten_b' })];
    const batches = Array.from({ length: 12 }, (_, index) => {
      // Overlapping, and in another order each time.
      const batch = records.slice(index * 40, index * 40 + 160);
      return index % 2 === 0 ? batch : batch.toReversed();
    });
    const inserted = batches.flatMap((batch) =>
      [one, other].map((storage) => storage.usage.insert(linesOf(batch))),
    );
    assert.ok((await Promise.all(inserted)).every((refused) => refused.length === 0));
    const all = { records: 300, bytesIn: 3_000, bytesOut: 6_000 };
    assert.deepEqual(await one.usage.totals(A), all);
    assert.deepEqual(await other.usage.totals(tenantId('ten_b')), all);
    const listed = await one.usage.list(A, { descending: false, rowsMax: 1_000 });
    assert.equal(listed.length, 300);
  });

  test('holds up no record for one that can never be stored', async (t) => {
    const [storage] = (await open(t, 1)) as [Storage];
    const records = usageRecords(50);
    const lines = records.map(encodeUsageLine);
    const bad = encodeUsageLine(usageRecord({ bytesIn: Number.NaN }));
    lines.splice(7, 0, bad, 'no json\n');
    lines.splice(31, 0, encodeUsageLine(usageRecord({ bytesOut: 2 ** 64 })));
    const refused = await storage.usage.insert(Buffer.from(lines.join('')));
    assert.equal(refused.length, 3);
    assert.deepEqual(await storage.usage.totals(A), { records: 50, bytesIn: 500, bytesOut: 1_000 });
  });

  test('keeps a record with a character that the database cannot hold', async (t) => {
    const [storage] = (await open(t, 1)) as [Storage];
    const refused = await storage.usage.insert(linesOf([usageRecord({ tool: 'a\0b' })]));
    assert.deepEqual(refused, []);
    const [record] = await storage.usage.list(A, { descending: false, rowsMax: 1 });
    assert.equal(record?.tool, 'a\u{fffd}b');
  });

  test('can be neither changed nor deleted', async (t) => {
    const database = await makeDatabase(server.url);
    t.after(() => database[Symbol.asyncDispose]());
    const own = await openPostgresStorage({ url: database.url, ...sizes, log: silentLog });
    await own.usage.insert(linesOf([usageRecord()]));
    await own.close();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    for (const sql of ['UPDATE usage_record SET bytes_in = 0', 'DELETE FROM usage_record']) {
      await assert.rejects(client.query(sql), /immutable/, sql);
    }
    await assert.rejects(client.query('TRUNCATE usage_record'), /immutable/);
    await client.end();
  });

  test('loses and doubles nothing when the server is killed while the log drains', async (t) => {
    const [storage] = (await open(t, 1)) as [Storage];
    const directory = mkdtempSync(join(tmpdir(), 'gateway-drain-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const log = await openUsageLog({
      startDrain: () => ({ wake: () => {} }),
      directory,
      store: storage.usage,
      durability: 'standard',
      log: silentLog,
    });
    let appended = 0;
    for (let kill = 0; kill < 3; kill++) {
      await appendAll(log, usageRecords(4_000));
      appended += 4_000;
      const draining = log.drain().catch(() => 'interrupted');
      await sleep(10 + kill * 25);
      await server.kill();
      await draining;
      await server.restart();
    }
    await log.drain();
    const totals = await storage.usage.totals(A);
    assert.deepEqual(totals, {
      records: appended,
      bytesIn: appended * 10,
      bytesOut: appended * 20,
    });
    await log.close();
  });
});
