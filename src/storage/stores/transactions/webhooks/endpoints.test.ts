import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, newTenant } from '../../../../../test/storage/contract/fixtures.ts';
import { memoryIdentity } from '../../../../../test/support/memory-identity.ts';
import { limits } from '../../../../kernel/limits.ts';

test('a tenant has webhookEndpointsPerTenantMax endpoints and not one more', async () => {
  const stores = memoryIdentity();
  stores.addTenant(newTenant(A));
  const insert = async (id: string): Promise<void> => {
    const said = { url: 'https://r/', description: '', topics: ['*'], enabled: true } as const;
    const times = { createdAtMs: 1, updatedAtMs: 1, previousUntilMs: null };
    await stores.webhooks.insert(A, { id, ...said, ...times, version: 1 }, 'sealed');
  };
  for (let made = 0; made < limits.webhookEndpointsPerTenantMax; made++) await insert(`w${made}`);
  await assert.rejects(insert('more'), { code: 'conflict' });
});
