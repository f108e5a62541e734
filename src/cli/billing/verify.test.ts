import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import { openSqliteStorage } from '../../storage/sqlite/open-sqlite-storage.ts';
import { newTenant } from '../../../test/storage/contract/fixtures.ts';
import { run } from '../run.ts';

test('billing verify says what it saw, and ends with 1 when something differs', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-billing-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  await storage.tenants.create(newTenant(tenantId('ten_a')));
  await storage.close();
  const verify = async () => {
    let [out, error] = ['', ''];
    const code = await run(['billing', 'verify', '--data-dir', dataDir], {
      out: (text) => void (out += text),
      error: (text) => void (error += text),
    });
    return { code, out, error };
  };
  const good = await verify();
  assert.deepEqual([good.code, good.error], [0, '']);
  assert.match(good.out, /name of ten_a +0 +0/);
  const database = new DatabaseSync(join(dataDir, 'gateway.db'));
  database.exec(`INSERT INTO ledger_account (tenant_id, id, kind, currency)
    VALUES ('ten_a', 'revenue:USD', 'revenue', 'USD');
    INSERT INTO account_balance (tenant_id, account_id, posted_nano, version)
    VALUES ('ten_a', 'revenue:USD', 5, 1)`);
  database.close();
  const bad = await verify();
  assert.equal(bad.code, 1);
  assert.match(bad.error, /name of ten_a: Account revenue:USD says 5, its entries sum to 0/);
});
