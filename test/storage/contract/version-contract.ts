import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bundle } from '../../../src/catalog/store.ts';
import { A, B, openWithTenants, serviceOf, type OpenEmpty } from './fixtures.ts';

const bundle: Bundle = {
  id: 'bnd_1',
  tenant: A,
  slug: 'desk',
  title: 'Desk',
  description: 'Ask.',
  items: [{ kind: 'tool', service: 'one', name: 'echo', as: 'say', description: 'Says.' }],
  createdAtMs: 5,
  updatedAtMs: 6,
  version: 1,
};

/** What bundles, and the versions of all that people edit, must do on every engine. */
export function versionContract(open: OpenEmpty): void {
  test('bundles are kept per tenant, one of a slug, and changed in place', async (t) => {
    const { bundles } = await openWithTenants(open, t);
    await bundles.insert(A, bundle);
    await bundles.insert(B, { ...bundle, tenant: B });
    await assert.rejects(bundles.insert(A, { ...bundle, id: 'bnd_2' }), { code: 'conflict' });
    assert.deepEqual(await bundles.list(A), [bundle]);
    const changed = { ...bundle, title: 'New', items: [], updatedAtMs: 9, version: 2 };
    const change = { title: 'New', items: [], updatedAtMs: 9 };
    assert.deepEqual(await bundles.update(A, 'bnd_1', change), changed);
    assert.deepEqual(await bundles.list(A), [changed]);
    assert.deepEqual(await bundles.list(B), [{ ...bundle, tenant: B }]);
    assert.equal(await bundles.update(A, 'bnd_9', change), undefined);
    assert.equal(await bundles.delete(B, 'bnd_9'), false);
    assert.equal(await bundles.delete(A, 'bnd_1'), true);
    assert.deepEqual(await bundles.list(A), []);
    assert.equal((await bundles.list(B)).length, 1);
  });

  test('a change for another version than the stored one changes nothing', async (t) => {
    const { services, bundles, secrets } = await openWithTenants(open, t);
    await services.insert(A, serviceOf(A, 'svc_1'));
    await bundles.insert(A, bundle);
    const late = { title: 'Late', updatedAtMs: 9, ifVersion: 2 };
    const said = { code: 'conflict', message: /version 1 now, and the change is for version 2/ };
    const withSecret = { ...late, secrets: { token: 'sealed' } };
    await assert.rejects(services.update(A, 'svc_1', withSecret), said);
    await assert.rejects(services.delete(A, 'svc_1', 2), said);
    await assert.rejects(bundles.update(A, 'bnd_1', late), said);
    await assert.rejects(bundles.delete(A, 'bnd_1', 2), said);
    assert.deepEqual(await services.list(A), [serviceOf(A, 'svc_1')]);
    assert.deepEqual(await bundles.list(A), [bundle]);
    assert.deepEqual(await secrets.names(A, 'svc_1'), []);

    const inTime = { ...withSecret, ifVersion: 1 };
    assert.equal((await services.update(A, 'svc_1', inTime))?.version, 2);
    assert.deepEqual(await secrets.names(A, 'svc_1'), ['token']);
    assert.equal(await services.delete(A, 'svc_1', 2), true);
    assert.deepEqual(await secrets.names(A, 'svc_1'), []);
    assert.equal(await bundles.delete(A, 'bnd_1', 1), true);
  });

  test('of many changes at once none is lost', async (t) => {
    const { services } = await openWithTenants(open, t);
    await services.insert(A, serviceOf(A, 'svc_1'));
    const changes = [
      { title: 'New' },
      { enabled: false },
      { config: { url: 'https://new.example' } },
      { secrets: { token: 'sealed' } },
    ];
    await Promise.all(
      changes.map((change) => services.update(A, 'svc_1', { ...change, updatedAtMs: 9 })),
    );
    const service = await services.get(A, 'svc_1');
    const { title, enabled, config, version } = service ?? {};
    assert.deepEqual(
      { title, enabled, config, version },
      { title: 'New', enabled: false, config: { url: 'https://new.example' }, version: 5 },
    );

    const same = [1, 2, 3].map((step) =>
      services.update(A, 'svc_1', { title: `${step}`, updatedAtMs: 9, ifVersion: 5 }),
    );
    const outcomes = await Promise.allSettled(same);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  });
}
