import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bundle } from '../../../src/catalog/store.ts';
import type { ManagedSession } from '../../../src/gateway/store.ts';
import type { RingKeyRow } from '../../../src/identity/store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { A, B, keyOf, openWithTenants, serviceOf, type OpenEmpty } from './fixtures.ts';

/** What leases, counters of changes and the ring's keys must do on every engine. */
export function sharedTruthContract(open: OpenEmpty): void {
  leaseContract(open);
  fenceContract(open);
  counterContract(open);
  ringKeyContract(open);
}

const LIFE_MS = 60_000;

const sessionOf = (tenant: typeof A, id: string): ManagedSession => ({
  id,
  tenant,
  userId: 'usr_1',
  grantId: 'key_1',
  services: null,
  transport: 'any',
  idPlace: 'path',
  createdAtMs: 1,
  expiresAtMs: 50,
});

const bundle: Bundle = {
  id: 'bnd_1',
  tenant: A,
  slug: 'desk',
  title: 'Desk',
  description: '',
  items: [],
  createdAtMs: 5,
  updatedAtMs: 5,
  version: 1,
};

function leaseContract(open: OpenEmpty): void {
  test('a job has one holder at a time, and a number that grows with each', async (t) => {
    const { leases } = await openWithTenants(open, t);
    const asked = Array.from({ length: 8 }, (_, index) =>
      leases.acquire('sweep', `node-${index}`, LIFE_MS),
    );
    const [first, ...others] = (await Promise.all(asked)).filter((lease) => lease !== undefined);
    assert.ok(first !== undefined);
    assert.deepEqual(others, []);
    assert.deepEqual(first, { job: 'sweep', number: 1, sinceRunMs: null });
    assert.notEqual(await leases.acquire('another', 'node-9', LIFE_MS), undefined);
    assert.equal(await leases.renew(first, LIFE_MS), true);
    await leases.release(first);
    const second = await leases.acquire('sweep', 'node-9', LIFE_MS);
    assert.equal(second?.number, 2);
    assert.equal(await leases.renew(first, LIFE_MS), false, 'the earlier holder is refused');
    assert.equal(await leases.ran(first), false);
    await leases.release(first);
    assert.equal(await leases.acquire('sweep', 'node-8', LIFE_MS), undefined);
  });

  test('an instance that starts takes what it held before, and nothing of another', async (t) => {
    const { leases } = await openWithTenants(open, t);
    const first = await leases.acquire('sweep', 'one', LIFE_MS);
    assert.ok(first !== undefined);
    assert.equal(await leases.acquire('sweep', 'one', LIFE_MS), undefined);
    assert.equal(await leases.acquire('sweep', 'other', LIFE_MS, true), undefined);
    const second = await leases.acquire('sweep', 'one', LIFE_MS, true);
    assert.equal(second?.number, first.number + 1);
    assert.equal(await leases.renew(first, LIFE_MS), false, 'its earlier life is refused');
  });

  test('a lease ends by the clock of the database, and keeps when the job was run', async (t) => {
    const { leases } = await openWithTenants(open, t);
    const first = await leases.acquire('sweep', 'one', 150);
    assert.ok(first !== undefined);
    assert.equal(await leases.ran(first), true);
    assert.equal(await leases.acquire('sweep', 'other', LIFE_MS), undefined);
    await wait(200);
    const second = await leases.acquire('sweep', 'other', LIFE_MS);
    const sinceRunMs = second?.sinceRunMs ?? -1;
    assert.ok(sinceRunMs >= 150 && sinceRunMs < 30_000, `${sinceRunMs} ms`);
    const [row] = await leases.list();
    const { expiresAtMs, ranAtMs, ...rest } = row ?? assert.fail('no row');
    assert.deepEqual(rest, { name: 'sweep', holder: 'other', number: 2, ranBy: 'one' });
    assert.ok(expiresAtMs - (ranAtMs ?? 0) > LIFE_MS);
  });
}

function fenceContract(open: OpenEmpty): void {
  test('what a leased job writes is refused once another holds the lease', async (t) => {
    const { leases, sessions } = await openWithTenants(open, t);
    for (const [id, expiresAtMs] of [
      ['ses_old', 5],
      ['ses_new', 50],
    ] as const) {
      await sessions.insert(A, { ...sessionOf(A, id), expiresAtMs });
      await sessions.insert(B, { ...sessionOf(B, `${id}_b`), expiresAtMs });
    }
    const first = await leases.acquire('sweep', 'one', LIFE_MS);
    assert.ok(first !== undefined);
    await leases.release(first);
    const second = await leases.acquire('sweep', 'other', LIFE_MS);
    assert.ok(second !== undefined);
    assert.equal(await sessions.deleteAllExpired(10, first), false);
    assert.equal(await sessions.deleteAllExpired(10, { job: 'none', number: 1 }), false);
    assert.notEqual(await sessions.get(A, 'ses_old'), undefined);
    assert.equal(await sessions.deleteAllExpired(10, second), true);
    assert.equal(await sessions.get(A, 'ses_old'), undefined);
    assert.equal(await sessions.get(B, 'ses_old_b'), undefined);
    assert.notEqual(await sessions.get(A, 'ses_new'), undefined);
  });
}

function counterContract(open: OpenEmpty): void {
  const read = async ({ versions }: Storage, withinMs?: number) =>
    Object.fromEntries(
      (await versions.list(withinMs)).map((row) => [`${row.domain} ${row.tenant}`, row.version]),
    );

  test('every change of what instances keep is counted for its tenant and domain', async (t) => {
    const storage = await openWithTenants(open, t);
    const { services, bundles, apiKeys, sessions } = storage;
    const key = keyOf(A, `usr_owner_${A}`, 'key_new', 'hash');
    assert.deepEqual(await read(storage), {});
    const steps: readonly (readonly [string, number, () => Promise<unknown>])[] = [
      ['services', 1, () => services.insert(A, serviceOf(A, 'svc_1'))],
      ['services', 2, () => services.update(A, 'svc_1', { title: 'New', updatedAtMs: 6 })],
      ['services', 3, () => services.delete(A, 'svc_1')],
      ['bundles', 1, () => bundles.insert(A, bundle)],
      ['bundles', 2, () => bundles.update(A, 'bnd_1', { title: 'New', updatedAtMs: 6 })],
      ['bundles', 3, () => bundles.delete(A, 'bnd_1')],
      ['keys', 1, () => apiKeys.create(A, key)],
      ['keys', 2, () => apiKeys.revoke(A, 'key_new', 7)],
      // A new session is looked up by whoever is asked for it; its end is what others must hear of.
      ['sessions', 0, () => sessions.insert(A, sessionOf(A, 'ses_1'))],
      ['sessions', 1, () => sessions.delete(A, 'ses_1')],
    ];
    for (const [domain, expected, step] of steps) {
      await step();
      assert.equal((await read(storage))[`${domain} ${A}`] ?? 0, expected, `${domain} ${expected}`);
    }
    assert.equal((await read(storage))[`services ${B}`], undefined);
  });

  test('what changes nothing, or fails, is not counted', async (t) => {
    const storage = await openWithTenants(open, t);
    const { services, bundles, apiKeys, sessions } = storage;
    await services.insert(A, serviceOf(A, 'svc_1', 'search'));
    const before = await read(storage);
    await assert.rejects(services.insert(A, serviceOf(A, 'svc_2', 'search')));
    await services.update(A, 'svc_none', { title: 'New', updatedAtMs: 6 });
    await services.delete(A, 'svc_none');
    await bundles.delete(A, 'bnd_none');
    await apiKeys.revoke(A, 'key_none', 5);
    await sessions.delete(A, 'ses_none');
    assert.deepEqual(await read(storage), before);
  });

  test('changes made at once are all counted, and old ones are left out when asked', async (t) => {
    const storage = await openWithTenants(open, t);
    const made = Array.from({ length: 20 }, (_, index) =>
      storage.services.insert(A, serviceOf(A, `svc_${index}`, `slug-${index}`)),
    );
    await Promise.all(made);
    assert.deepEqual(await read(storage, 60_000), { [`services ${A}`]: 20 });
    await wait(30);
    assert.deepEqual(await read(storage, 10), {});
  });
}

function ringKeyContract(open: OpenEmpty): void {
  test('the keys of the ring are listed by rank, and one that is there stays', async (t) => {
    const { ringKeys } = await openWithTenants(open, t);
    const row = (id: string, rank: number): RingKeyRow => ({
      id,
      fingerprint: `${id}-print`,
      secret: id === 'k1' ? null : 'c2VjcmV0',
      rank,
      createdAtMs: 5,
    });
    for (const one of [row('k1', 1), row('k2', 2), row('k3', -1)]) await ringKeys.add(one);
    await ringKeys.add({ ...row('k1', 9), fingerprint: 'another' });
    assert.deepEqual(await ringKeys.list(), [row('k2', 2), row('k1', 1), row('k3', -1)]);
    assert.equal(await ringKeys.setRank('k3', 3), true);
    assert.equal(await ringKeys.setRank('none', 3), false);
    assert.equal(await ringKeys.remove('k2'), true);
    assert.equal(await ringKeys.remove('k2'), false);
    assert.deepEqual(await ringKeys.list(), [row('k3', 3), row('k1', 1)]);
  });
}
