import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Artifact, Grant, OAuthClient } from '../../../src/identity/store.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const artifactOf = (hash: string, change: Partial<Artifact> = {}): Artifact => ({
  kind: 'AuthorizationCode',
  hash,
  grantId: null,
  uidHash: null,
  sealed: `sealed ${hash}`,
  consumedAtMs: null,
  createdAtMs: 10,
  expiresAtMs: 100,
  ...change,
});

const clientOf = (id: string, change: Partial<OAuthClient> = {}): OAuthClient => ({
  id,
  tenant: null,
  name: `name of ${id}`,
  sealed: `sealed ${id}`,
  addressHash: 'address',
  createdAtMs: 10,
  usedAtMs: null,
  ...change,
});

const grantOf = (id: string, change: Partial<Grant> = {}): Grant => ({
  id,
  tenant: A,
  userId: 'usr_1',
  kind: 'oauth',
  clientId: 'client',
  scopes: ['mcp.use'],
  access: [[{ services: ['orders'] }]],
  resource: 'https://gw.example/mcp',
  createdAtMs: 10,
  expiresAtMs: 100,
  revokedAtMs: null,
  ...change,
});

const bounds = { clientsMax: 3, unusedPerAddressMax: 2 };

/** What the authorization server keeps must be kept alike on every engine. */
export function oauthContract(open: OpenEmpty): void {
  artifactContract(open);
  clientContract(open);
  grantContract(open);
}

function artifactContract(open: OpenEmpty): void {
  test('artifacts are found until their time is over, by their hash or their uid', async (t) => {
    const { oauthArtifacts } = await openWithTenants(open, t);
    const one = artifactOf('one', { grantId: 'grt_1', uidHash: 'uid' });
    await oauthArtifacts.put(one);
    assert.deepEqual(await oauthArtifacts.find('AuthorizationCode', 'one', 99), one);
    assert.equal(await oauthArtifacts.find('AuthorizationCode', 'one', 100), undefined);
    assert.equal(await oauthArtifacts.find('Session', 'one', 99), undefined);
    assert.deepEqual(await oauthArtifacts.findByUid('AuthorizationCode', 'uid', 99), one);
    assert.equal(await oauthArtifacts.findByUid('Session', 'uid', 99), undefined);
    await oauthArtifacts.put({ ...one, sealed: 'other', expiresAtMs: 200 });
    const written = await oauthArtifacts.find('AuthorizationCode', 'one', 150);
    assert.equal(written?.sealed, 'other');
    await oauthArtifacts.deleteOfGrant('Session', 'grt_1');
    assert.ok(await oauthArtifacts.find('AuthorizationCode', 'one', 99));
    await oauthArtifacts.deleteOfGrant('AuthorizationCode', 'grt_1');
    assert.equal(await oauthArtifacts.find('AuthorizationCode', 'one', 99), undefined);
    await oauthArtifacts.put(one);
    await oauthArtifacts.delete('AuthorizationCode', 'one');
    assert.equal(await oauthArtifacts.find('AuthorizationCode', 'one', 99), undefined);
  });

  test('of several who use an artifact up at once one wins, and it stays so', async (t) => {
    const { oauthArtifacts } = await openWithTenants(open, t);
    await oauthArtifacts.put(artifactOf('one'));
    const consume = () => oauthArtifacts.consume('AuthorizationCode', 'one', 20);
    const won = await Promise.all([consume(), consume(), consume(), consume()]);
    assert.equal(won.filter(Boolean).length, 1);
    await oauthArtifacts.put(artifactOf('one', { sealed: 'written again' }));
    const found = await oauthArtifacts.find('AuthorizationCode', 'one', 50);
    assert.equal(found?.consumedAtMs, 20);
    assert.equal(await oauthArtifacts.consume('AuthorizationCode', 'none', 20), false);
  });
}

function clientContract(open: OpenEmpty): void {
  test('clients register themselves once, within bounds', async (t) => {
    const { oauthClients } = await openWithTenants(open, t);
    const register = (client: OAuthClient) => oauthClients.register(client, bounds);
    const same = await Promise.all([1, 2, 3].map(() => register(clientOf('one'))));
    assert.deepEqual(same, [true, true, true]);
    assert.equal(await register(clientOf('two', { createdAtMs: 20 })), true);
    // Two of this address were never used.
    assert.equal(await register(clientOf('three')), false);
    await oauthClients.noteUse('one', 50);
    assert.equal((await oauthClients.find('one'))?.usedAtMs, 50);
    assert.equal(await register(clientOf('three', { createdAtMs: 30 })), true);
    // As many as may be: the oldest that was never used makes room.
    assert.equal(await register(clientOf('four', { addressHash: 'other' })), true);
    assert.equal(await oauthClients.find('two'), undefined);
    assert.ok(await oauthClients.find('one'));
    await oauthClients.noteUse('three', 50);
    await oauthClients.noteUse('four', 50);
    assert.equal(await register(clientOf('five', { addressHash: 'third' })), false);
    assert.equal(await register(clientOf('one', { name: 'changed' })), true);
    assert.equal((await oauthClients.find('one'))?.name, 'name of one');
  });

  test('clients of a tenant are its own', async (t) => {
    const { oauthClients } = await openWithTenants(open, t);
    const own = clientOf('own', { tenant: A, addressHash: null });
    await oauthClients.insert(A, own, 1);
    await assert.rejects(oauthClients.insert(A, clientOf('more'), 1), { code: 'conflict' });
    await oauthClients.insert(B, clientOf('other', { addressHash: null }), 1);
    assert.deepEqual(await oauthClients.list(A), [own]);
    assert.deepEqual(await oauthClients.find('own'), own);
    assert.equal(await oauthClients.delete(B, 'own'), false);
    assert.equal(await oauthClients.delete(A, 'own'), true);
    assert.equal(await oauthClients.find('own'), undefined);
  });

  test('what has had its time is swept by whoever holds the job', async (t) => {
    const { oauthArtifacts, oauthClients, leases } = await openWithTenants(open, t);
    await oauthArtifacts.put(artifactOf('old'));
    await oauthArtifacts.put(artifactOf('new', { expiresAtMs: 300 }));
    await oauthClients.register(clientOf('unused'), bounds);
    await oauthClients.register(clientOf('fresh', { createdAtMs: 90, addressHash: 'b' }), bounds);
    await oauthClients.register(clientOf('idle', { addressHash: 'c' }), bounds);
    await oauthClients.noteUse('idle', 15);
    await oauthClients.insert(A, clientOf('own'), 9);
    const sweep = { nowMs: 100, unusedBeforeMs: 50, usedBeforeMs: 20 };
    const lease = await leases.acquire('sweep', 'node', 60_000);
    assert.ok(lease);
    const { job, number } = lease;
    assert.equal(await oauthClients.sweep(sweep, { job, number: number + 1 }), false);
    assert.ok(await oauthClients.find('unused'));
    assert.equal(await oauthClients.sweep(sweep, { job, number }), true);
    assert.equal(await oauthArtifacts.find('AuthorizationCode', 'old', 1), undefined);
    assert.ok(await oauthArtifacts.find('AuthorizationCode', 'new', 1));
    const left = await Promise.all(
      ['unused', 'fresh', 'idle', 'own'].map((id) => oauthClients.find(id)),
    );
    assert.deepEqual(
      left.map((client) => client?.id),
      [undefined, 'fresh', undefined, 'own'],
    );
    // A quiet database is not written to, so no lease is asked about.
    assert.equal(await oauthClients.sweep(sweep, { job, number: number + 1 }), true);
  });
}

function grantContract(open: OpenEmpty): void {
  test('grants in force are listed, found as consents, and end with their client', async (t) => {
    const { grants, oauthGrants } = await openWithTenants(open, t);
    const [one, two, gone, old] = [
      grantOf('grt_1'),
      grantOf('grt_2', { createdAtMs: 20, userId: 'usr_2' }),
      grantOf('grt_3', { revokedAtMs: 15 }),
      grantOf('grt_4', { expiresAtMs: 50 }),
    ];
    for (const grant of [one, two, gone, old]) await grants.insert(A, grant);
    await grants.insert(B, grantOf('grt_1', { tenant: B }));
    const nowMs = 50;
    assert.deepEqual(await oauthGrants.list(A, { nowMs }), [two, one]);
    assert.deepEqual(await oauthGrants.list(A, { nowMs, userId: 'usr_1' }), [one]);
    const query = { userId: 'usr_1', clientId: 'client', resource: 'https://gw.example/mcp' };
    const consents = await oauthGrants.consents(query, nowMs);
    assert.deepEqual(consents.map(({ tenant, id }) => `${tenant} ${id}`).toSorted(), [
      `${A} grt_1`,
      `${B} grt_1`,
    ]);
    assert.deepEqual(await oauthGrants.consents({ ...query, resource: 'x' }, nowMs), []);
    assert.deepEqual(await oauthGrants.revokeOfClient(A, 'other', 60), []);
    const ended = await oauthGrants.revokeOfClient(A, 'client', 60);
    assert.deepEqual(ended, ['grt_1', 'grt_2', 'grt_4']);
    assert.deepEqual(await oauthGrants.list(A, { nowMs }), []);
    assert.equal((await oauthGrants.list(B, { nowMs })).length, 1);
    assert.equal((await grants.get(A, 'grt_3'))?.revokedAtMs, 15);
  });

  test('the first link of a subject stays', async (t) => {
    const { oauthGrants } = await openWithTenants(open, t);
    const link = { issuer: 'https://login.example', subject: 's', tenant: A, createdAtMs: 1 };
    const made = await Promise.all(
      ['usr_1', 'usr_2'].map((userId) => oauthGrants.linkIdentity({ ...link, userId })),
    );
    assert.equal(new Set(made.map(({ userId }) => userId)).size, 1);
    assert.deepEqual(await oauthGrants.findLink(link.issuer, 's'), made[0]);
    assert.equal(await oauthGrants.findLink('https://other.example', 's'), undefined);
  });
}
