import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accountOf,
  A,
  memberOf,
  newTenant,
  tenantNamed,
} from '../../../../../test/storage/contract/fixtures.ts';
import { memoryIdentity } from '../../../../../test/support/memory-identity.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';

const fresh = { status: 'active', createdAtMs: 1, version: 1 } as const;
const conflict = { code: 'conflict' };

/** Rows `1…count` of a recursive query called `n`. */
const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

function setUp() {
  const stores = memoryIdentity();
  stores.addTenant(newTenant(A));
  return stores;
}

test('there are tenantsMax tenants and not one more', async () => {
  const { fill, tenants } = setUp();
  fill(`${numbers(limits.tenantsMax - 2)}
    INSERT INTO tenant (id, name, created_at_ms) SELECT 'ten_' || i, 'name ' || i, 1 FROM n`);
  const last = tenantId('ten_last');
  await tenants.create(newTenant(last));
  const more = { ...newTenant(tenantId('ten_more')), tenant: tenantNamed(tenantId('ten_more')) };
  await assert.rejects(tenants.create(more), conflict);
});

test('a tenant has usersPerTenantMax users, and a group usersPerGroupMax of them', async () => {
  const { fill, members, groups } = setUp();
  fill(`${numbers(limits.usersPerTenantMax - 2)}
    INSERT INTO account (id, login, name, status, created_at_ms, version)
    SELECT 'usr_' || i, 'login' || i, 'name', 'active', 1, 1 FROM n`);
  fill(`INSERT INTO membership SELECT 'ten_a', id, '["viewer"]', 'active', 'local', 1, 1, NULL
    FROM account WHERE id LIKE 'usr_%' AND id NOT LIKE 'usr_owner%'`);
  const add = (id: string) => members.add(A, memberOf(A, id, 'viewer'), accountOf(id));
  await add('usr_last');
  await assert.rejects(add('usr_more'), conflict);
  await groups.insert(A, {
    tenant: A,
    id: 'grp_1',
    name: 'all',
    roles: [],
    externalId: null,
    source: 'local',
    createdAtMs: 1,
    version: 1,
  });
  fill(`${numbers(limits.usersPerGroupMax - 1)}
    INSERT INTO group_member SELECT 'ten_a', 'grp_1', 'usr_' || i FROM n`);
  await groups.addMember(A, 'grp_1', 'usr_last');
  await groups.addMember(A, 'grp_1', 'usr_last');
  await assert.rejects(groups.addMember(A, 'grp_1', `usr_${limits.usersPerGroupMax}`), conflict);
});

test('a tenant has rolesPerTenantMax roles, groupsPerTenantMax groups', async () => {
  const { roles, groups } = setUp();
  const rest = { tenant: A, ...fresh };
  const role = { ...rest, description: '', permissions: [], access: [] };
  for (let made = 0; made < limits.rolesPerTenantMax; made++) {
    await roles.insert(A, { ...role, name: `role-${made}` });
  }
  await assert.rejects(roles.insert(A, { ...role, name: 'one-more' }), conflict);
  const group = { ...rest, roles: [], externalId: null, source: 'local' } as const;
  for (let made = 0; made < limits.groupsPerTenantMax; made++) {
    await groups.insert(A, { ...group, id: `grp_${made}`, name: `group ${made}` });
  }
  await assert.rejects(groups.insert(A, { ...group, id: 'grp_x', name: 'x' }), conflict);
});

test('a tenant has serviceAccountsPerTenantMax service accounts', async () => {
  const { serviceAccounts } = setUp();
  const account = { tenant: A, ...fresh, description: '', roles: [] };
  for (let made = 0; made < limits.serviceAccountsPerTenantMax; made++) {
    await serviceAccounts.insert(A, { ...account, id: `sva_${made}`, name: `robot ${made}` });
  }
  const more = { ...account, id: 'sva_x', name: 'x' };
  await assert.rejects(serviceAccounts.insert(A, more), conflict);
});
