import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { IdSource } from '../../kernel/ids.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import { encodeUsageLine, type UsageRecord, type UsageStore } from '../../metering/store.ts';
import { openSqliteStorage } from './open-sqlite-storage.ts';
import { usageRecord } from '../../../test/support/usage-record.ts';

const A = tenantId('ten_a');
const NOON_MS = 1_763_640_000_000;

async function openStore(t: TestContext): Promise<{ usage: UsageStore; dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-usage-'));
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  t.after(async () => {
    await storage.close();
    rmSync(dataDir, { recursive: true });
  });
  return { usage: storage.usage, dataDir };
}

function recordAt(startedAtMs: number, changes: Partial<UsageRecord> = {}): UsageRecord {
  return usageRecord({
    id: new IdSource(() => startedAtMs).next('use'),
    tenant: A,
    tool: 'say "hi"\n\u{1f389}',
    upstreamEra: 'legacy',
    startedAtMs,
    endedAtMs: startedAtMs + 3,
    durationMs: 3.217,
    upstreamMs: 2.5,
    ...changes,
  });
}

const lines = (records: readonly UsageRecord[]): Buffer =>
  Buffer.from(records.map(encodeUsageLine).join(''));

test('usage records can be neither changed nor deleted', async (t) => {
  const { usage, dataDir } = await openStore(t);
  await usage.insert(lines([recordAt(NOON_MS)]));
  const raw = new DatabaseSync(join(dataDir, 'gateway.db'));
  t.after(() => raw.close());
  for (const [table, column] of [
    ['usage_fact', 'bytes_in'],
    ['usage_origin', 'tool'],
    ['usage_tenant', 'tenant_id'],
  ] as const) {
    assert.throws(() => raw.exec(`UPDATE ${table} SET ${column} = '0'`), /immutable/, table);
    assert.throws(() => raw.exec(`DELETE FROM ${table}`), /immutable/, table);
  }
  assert.throws(() => raw.exec('DELETE FROM usage_record'), /is a view/);
});
