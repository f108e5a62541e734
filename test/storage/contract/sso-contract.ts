import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SsoConnection } from '../../../src/identity/sso/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const connectionOf = (id: string, change: Partial<SsoConnection> = {}): SsoConnection => ({
  id,
  tenant: A,
  name: `name of ${id}`,
  issuer: 'https://login.example',
  clientId: 'gateway',
  secretSealed: `sealed ${id}`,
  domains: ['acme.example', 'acme.test'],
  domainsVerified: true,
  verifiedDomains: [],
  groupsClaim: 'groups',
  roles: { staff: ['developer'] },
  jit: true,
  defaultRoles: ['viewer'],
  requiredClaims: { hd: 'acme.example' },
  enabled: true,
  createdAtMs: 10,
  version: 1,
  ...change,
});

/** What signing in at providers keeps must be kept alike on every engine. */
export function ssoContract(open: OpenEmpty): void {
  test('a connection is its tenant’s; who signs in finds it by id, issuer, domain', async (t) => {
    const { ssoConnections: store } = await openWithTenants(open, t);
    const [one, two] = [connectionOf('sso_1'), connectionOf('sso_2', { groupsClaim: null })];
    const theirs = connectionOf('sso_3', { tenant: B, domains: ['sub.acme.example'] });
    await store.insert(A, one);
    await store.insert(A, two);
    await store.insert(B, theirs);
    assert.deepEqual(await store.list(A), [one, two]);
    assert.deepEqual(await store.get(A, 'sso_2'), two);
    assert.equal(await store.get(A, 'sso_3'), undefined);
    assert.deepEqual(await store.find('sso_3'), theirs);
    assert.deepEqual(await store.ofIssuer('https://login.example'), [one, two, theirs]);
    assert.deepEqual(await store.ofIssuer('https://login.example/'), []);
    assert.deepEqual(await store.findByDomain('acme.test'), one);
    assert.deepEqual(await store.findByDomain('sub.acme.example'), theirs);
    assert.equal(await store.findByDomain('cme.test'), undefined);
    assert.equal(await store.findByDomain('%'), undefined);
    await store.update(A, 'sso_1', { enabled: false });
    await store.update(A, 'sso_2', { domainsVerified: false });
    assert.equal(await store.findByDomain('acme.test'), undefined);
    await store.update(A, 'sso_2', { verifiedDomains: ['acme.test'] });
    assert.equal((await store.findByDomain('acme.test'))?.id, 'sso_2');
    const inUse = async (rowsMax: number) => (await store.inUse(rowsMax)).map(({ id }) => id);
    assert.deepEqual(await inUse(3), ['sso_2', 'sso_3']);
    assert.deepEqual(await inUse(1), ['sso_2']);
  });

  test('a connection is changed and removed at the version that was read', async (t) => {
    const { ssoConnections: store } = await openWithTenants(open, t);
    await store.insert(A, connectionOf('sso_1'));
    const roles = { leads: ['admin'] };
    const after = await store.update(A, 'sso_1', { roles, secretSealed: 'new', ifVersion: 1 });
    assert.deepEqual(after, connectionOf('sso_1', { roles, secretSealed: 'new', version: 2 }));
    assert.deepEqual(await store.get(A, 'sso_1'), after);
    await assert.rejects(store.update(A, 'sso_1', { ifVersion: 1 }), { code: 'conflict' });
    await assert.rejects(store.delete(A, 'sso_1', 1), { code: 'conflict' });
    assert.equal(await store.update(B, 'sso_1', { name: 'x' }), undefined);
    assert.equal(await store.delete(B, 'sso_1'), false);
    assert.equal(await store.delete(A, 'sso_1', 2), true);
    assert.equal(await store.find('sso_1'), undefined);
  });

  test('a tenant has limits.ssoConnectionsPerTenantMax connections', async (t) => {
    const { ssoConnections: store } = await openWithTenants(open, t);
    for (let number = 0; number < limits.ssoConnectionsPerTenantMax; number++) {
      await store.insert(A, connectionOf(`sso_${number}`));
    }
    await assert.rejects(store.insert(A, connectionOf('sso_x')), { code: 'conflict' });
    await store.insert(B, connectionOf('sso_x', { tenant: B }));
  });

  test('a session at a provider is known until its time is over', async (t) => {
    const { ssoLogins } = await openWithTenants(open, t);
    await ssoLogins.put({ hash: 'one', userId: 'usr_1', expiresAtMs: 100 });
    assert.equal((await ssoLogins.find('one', 99))?.userId, 'usr_1');
    assert.equal(await ssoLogins.find('one', 100), undefined);
    await ssoLogins.put({ hash: 'one', userId: 'usr_2', expiresAtMs: 200 });
    const login = await ssoLogins.find('one', 100);
    assert.deepEqual(login, { hash: 'one', userId: 'usr_2', expiresAtMs: 200 });
  });
}
