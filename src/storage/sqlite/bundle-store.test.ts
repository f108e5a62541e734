import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Bundle } from '../../catalog/store.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import { openSqliteStorage } from './open-sqlite-storage.ts';

const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];

const bundle: Bundle = {
  id: 'bnd_1',
  tenant: A,
  slug: 'desk',
  title: 'Desk',
  description: 'Ask.',
  items: [{ kind: 'tool', service: 'one', name: 'echo', as: 'say', description: 'Says.' }],
  createdAtMs: 5,
  updatedAtMs: 6,
};

test('bundles are kept per tenant, one of a slug, and changed in place', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-bundles-'));
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  t.after(async () => {
    await storage.close();
    rmSync(dataDir, { recursive: true });
  });
  for (const id of [A, B]) await storage.identity.createTenant({ id, name: id, createdAtMs: 1 });
  const { bundles } = storage;
  await bundles.insert(A, bundle);
  await bundles.insert(B, { ...bundle, tenant: B });
  await assert.rejects(bundles.insert(A, { ...bundle, id: 'bnd_2' }), { code: 'conflict' });
  assert.deepEqual(await bundles.list(A), [bundle]);
  const changed = { ...bundle, title: 'New', items: [], updatedAtMs: 9, slug: 'ignored' };
  assert.equal(await bundles.update(A, changed), true);
  assert.deepEqual(await bundles.list(A), [{ ...changed, slug: 'desk' }]);
  assert.deepEqual(await bundles.list(B), [{ ...bundle, tenant: B }]);
  assert.equal(await bundles.update(A, { ...bundle, id: 'bnd_9' }), false);
  assert.equal(await bundles.delete(B, 'bnd_9'), false);
  assert.equal(await bundles.delete(A, 'bnd_1'), true);
  assert.deepEqual(await bundles.list(A), []);
  assert.equal((await bundles.list(B)).length, 1);
});
