import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Grant } from '../../../src/identity/grants/store.ts';
import type { SigningKeyRow } from '../../../src/identity/tokens/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

/** What grants, refresh tokens and signing keys must do on every engine. */
export function tokenContract(open: OpenEmpty): void {
  grantContract(open);
  refreshContract(open);
  signingKeyContract(open);
}

/** A grant of the tenant A. */
export const grantOf = (id: string, change: Partial<Grant> = {}): Grant => ({
  id,
  tenant: A,
  userId: 'usr_1',
  kind: 'login',
  clientId: null,
  scopes: null,
  access: [],
  resource: null,
  createdAtMs: 1,
  expiresAtMs: 1_000_000,
  revokedAtMs: null,
  ...change,
});

function grantContract(open: OpenEmpty): void {
  test('grants are kept per tenant and revoked once, one or all of a user', async (t) => {
    const { grants, versions } = await openWithTenants(open, t);
    const one = grantOf('grt_1', {
      kind: 'oauth',
      clientId: 'https://client.example/id',
      scopes: ['mcp.use'],
      access: [[{ services: ['orders'] }]],
      resource: 'https://gateway.example/mcp/orders',
    });
    await grants.insert(A, one);
    assert.deepEqual(await grants.get(A, 'grt_1'), one);
    assert.equal(await grants.get(B, 'grt_1'), undefined);
    assert.equal(await grants.revoke(B, 'grt_1', 5), false);
    assert.equal(await grants.revoke(A, 'grt_1', 5), true);
    assert.equal(await grants.revoke(A, 'grt_1', 6), false);
    assert.equal((await grants.get(A, 'grt_1'))?.revokedAtMs, 5);
    const counted = (await versions.list()).filter(({ domain }) => domain === 'keys');
    assert.deepEqual(
      counted.map(({ tenant }) => tenant),
      [A],
    );

    await grants.insert(A, grantOf('grt_2'));
    await grants.insert(B, grantOf('grt_3', { tenant: B, kind: 'console' }));
    await grants.insert(B, grantOf('grt_4', { tenant: B, kind: 'oauth' }));
    await grants.insert(B, grantOf('grt_5', { tenant: B }));
    await grants.insert(B, grantOf('grt_6', { tenant: B, userId: 'usr_2' }));
    const which = { userId: 'usr_1', kinds: ['login', 'console'], except: 'grt_5' } as const;
    assert.deepEqual(await grants.revokeOfUser(which, 9), [
      { tenant: A, id: 'grt_2' },
      { tenant: B, id: 'grt_3' },
    ]);
    assert.deepEqual(await grants.revokeOfUser(which, 9), []);
    for (const id of ['grt_4', 'grt_5', 'grt_6']) {
      assert.equal((await grants.get(B, id))?.revokedAtMs, null, id);
    }
  });
}

function refreshContract(open: OpenEmpty): void {
  const token = { tenant: A, grantId: 'grt_1', createdAtMs: 1, expiresAtMs: 100_000 };
  const successor = (name: string) => ({
    hash: name,
    sealed: `sealed ${name}`,
    expiresAtMs: 200_000,
  });

  test('a refresh token is replaced once, repeated for a while, then tells a thief', async (t) => {
    const { grants, refreshTokens: tokens } = await openWithTenants(open, t);
    const grant = grantOf('grt_1');
    await grants.insert(A, grant);
    await tokens.insert(A, { ...token, hash: 'one' });
    assert.deepEqual(await tokens.find('one'), { tenant: A, grantId: 'grt_1' });
    assert.deepEqual(await tokens.rotate('none', successor('x'), 10), { kind: 'refused' });
    assert.deepEqual(await tokens.rotate('one', successor('two'), 10), { kind: 'rotated', grant });
    const lastMs = 10 + limits.refreshRepeatMs;
    assert.deepEqual(await tokens.rotate('one', successor('other'), lastMs), {
      kind: 'repeated',
      grant,
      successorSealed: 'sealed two',
    });
    assert.equal(await tokens.find('other'), undefined);
    assert.equal((await tokens.rotate('two', successor('three'), lastMs)).kind, 'rotated');
    const reused = await tokens.rotate('one', successor('other'), lastMs + 1);
    assert.equal(reused.kind, 'reused');
    assert.equal((await grants.get(A, 'grt_1'))?.revokedAtMs, lastMs + 1);
    for (const hash of ['one', 'two', 'three']) {
      assert.deepEqual(await tokens.rotate(hash, successor('y'), lastMs + 2), { kind: 'refused' });
    }
  });

  test('of refreshes at once one wins, and all get the same successor', async (t) => {
    const { grants, refreshTokens: tokens } = await openWithTenants(open, t);
    await grants.insert(A, grantOf('grt_1'));
    await tokens.insert(A, { ...token, hash: 'one' });
    const names = ['a', 'b', 'c', 'd'];
    const all = await Promise.all(names.map((name) => tokens.rotate('one', successor(name), 10)));
    const won = names[all.findIndex(({ kind }) => kind === 'rotated')];
    assert.equal(all.filter(({ kind }) => kind === 'rotated').length, 1);
    for (const one of all) {
      if (one.kind === 'repeated') assert.equal(one.successorSealed, `sealed ${won}`);
      else assert.equal(one.kind, 'rotated');
    }
  });

  test('a refresh token ends with its time, and with its grant', async (t) => {
    const { grants, refreshTokens: tokens } = await openWithTenants(open, t);
    await grants.insert(A, grantOf('grt_1'));
    await grants.insert(A, grantOf('grt_2', { expiresAtMs: 50 }));
    await tokens.insert(A, { ...token, hash: 'one' });
    await tokens.insert(A, { ...token, hash: 'two', grantId: 'grt_2' });
    assert.equal((await tokens.rotate('one', successor('x'), 100_000)).kind, 'refused');
    assert.equal((await tokens.rotate('two', successor('x'), 50)).kind, 'refused');
    assert.equal((await tokens.rotate('two', successor('y'), 49)).kind, 'rotated');
    assert.equal((await tokens.rotate('one', successor('z'), 99_999)).kind, 'rotated');
  });
}

function signingKeyContract(open: OpenEmpty): void {
  const keyOf = (id: string, createdAtMs: number): SigningKeyRow => ({
    id,
    algorithm: 'EdDSA',
    publicJwk: '{"kty":"OKP"}',
    privateJwkSealed: `sealed ${id}`,
    createdAtMs,
    retiresAtMs: null,
  });

  test('one signing key is made at a time, and the others retire', async (t) => {
    const { signingKeys: keys } = await openWithTenants(open, t);
    const names = ['sgk_a', 'sgk_b', 'sgk_c'];
    const made = await Promise.all(names.map((id) => keys.replace(keyOf(id, 100), 0, 150)));
    assert.equal(made.filter(Boolean).length, 1);
    const [first] = await keys.list();
    assert.equal((await keys.list()).length, 1);
    assert.equal(await keys.replace(keyOf('sgk_d', 200), 100, 250), false, 'it is young enough');
    assert.equal(await keys.replace(keyOf('sgk_d', 200), 101, 250), true);
    assert.deepEqual(await keys.list(), [keyOf('sgk_d', 200), { ...first, retiresAtMs: 250 }]);
    assert.equal(await keys.replace(keyOf('sgk_e', 250), 201, 300), true);
    assert.deepEqual(
      (await keys.list()).map(({ id }) => id),
      ['sgk_e', 'sgk_d'],
    );
  });
}
