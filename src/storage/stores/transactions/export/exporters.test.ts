import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, newTenant } from '../../../../../test/storage/contract/fixtures.ts';
import { memoryIdentity } from '../../../../../test/support/memory-identity.ts';
import { limits } from '../../../../kernel/limits.ts';

test('a tenant has exportersPerTenantMax exporters and not one more', async () => {
  const { exporters, addTenant } = memoryIdentity();
  addTenant(newTenant(A));
  const settings = { kind: 'stripe', customer: 'cus_1' } as const;
  const insert = (name: string) => {
    const rest = { settings, enabled: true, from: 'now', createdAtMs: 1 } as const;
    return exporters.insert(A, { id: `exp_${name}`, name, ...rest }, 'sealed');
  };
  for (let made = 0; made < limits.exportersPerTenantMax; made++) await insert(`e${made}`);
  await assert.rejects(insert('more'), { code: 'conflict' });
});
