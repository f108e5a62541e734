import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, openWithTenants, serviceOf, type OpenEmpty } from './fixtures.ts';

/** What services, aliases and secrets must do on every engine. */
export function catalogContract(open: OpenEmpty): void {
  serviceContract(open);
  belongingsContract(open);
}

function serviceContract(open: OpenEmpty): void {
  test('a service reads back as it was written, and only for its tenant', async (t) => {
    const { services } = await openWithTenants(open, t);
    const service = serviceOf(A, 'svc_1', 'search');
    await services.insert(A, service);
    assert.deepEqual(await services.get(A, 'svc_1'), service);
    assert.deepEqual(await services.list(A), [service]);
    assert.deepEqual(await services.list(B), []);
    assert.equal(await services.get(B, 'svc_1'), undefined);
    const change = { title: 'New', enabled: false, config: {}, updatedAtMs: 6 };
    assert.equal(await services.update(B, 'svc_1', change), undefined);
    assert.equal(await services.delete(B, 'svc_1'), false);

    const changed = { ...service, ...change, version: 2 };
    assert.deepEqual(await services.update(A, 'svc_1', change), changed);
    assert.deepEqual(await services.get(A, 'svc_1'), changed);
  });

  test('the tenant of the argument counts, not the one in the object', async (t) => {
    const { services } = await openWithTenants(open, t);
    await services.insert(A, serviceOf(B, 'svc_1'));
    assert.equal((await services.get(A, 'svc_1'))?.tenant, A);
    assert.equal(await services.get(B, 'svc_1'), undefined);
  });

  test('a slug is taken once a tenant', async (t) => {
    const { services } = await openWithTenants(open, t);
    await services.insert(A, serviceOf(A, 'svc_1', 'search'));
    await assert.rejects(services.insert(A, serviceOf(A, 'svc_2', 'search')), { code: 'conflict' });
    await services.insert(B, serviceOf(B, 'svc_2', 'search'));
  });
}

function belongingsContract(open: OpenEmpty): void {
  test('an alias never changes, and is free again when its service is gone', async (t) => {
    const { services, aliases } = await openWithTenants(open, t);
    for (const id of ['svc_1', 'svc_2']) await services.insert(A, serviceOf(A, id));
    const alias = {
      serviceId: 'svc_1',
      kind: 'tool',
      name: 'find',
      publicName: 'a__find',
    } as const;
    await aliases.insert(A, [alias, { ...alias, kind: 'prompt' }]);
    await aliases.insert(A, [{ ...alias, publicName: 'renamed' }]);
    assert.deepEqual(await aliases.list(A), [{ ...alias, kind: 'prompt' }, alias]);
    assert.deepEqual(await aliases.list(B), []);

    const clash = { ...alias, serviceId: 'svc_2' };
    const both = aliases.insert(A, [{ ...clash, name: 'x', publicName: 'a__x' }, clash]);
    await assert.rejects(both, { code: 'conflict' });
    assert.equal((await aliases.list(A)).length, 2);
    const orphan = { ...alias, serviceId: 'svc_9', publicName: 'a__y' };
    await assert.rejects(aliases.insert(A, [orphan]), { code: 'not_found' });

    assert.equal(await services.delete(A, 'svc_1'), true);
    await aliases.insert(A, [clash]);
    assert.deepEqual(await aliases.list(A), [clash]);
    await aliases.insert(A, []);
  });

  test('secrets are replaced by name and go with their service', async (t) => {
    const { services, secrets } = await openWithTenants(open, t);
    await secrets.put(A, 'svc_1', { token: 'sealed 1', password: 'sealed 2' });
    await secrets.put(A, 'svc_1', { token: 'sealed 3' });
    await services.insert(A, serviceOf(A, 'svc_1'));
    assert.equal(await secrets.get(A, 'svc_1', 'token'), 'sealed 3');
    assert.deepEqual(await secrets.names(A, 'svc_1'), ['password', 'token']);
    assert.equal(await secrets.get(B, 'svc_1', 'token'), undefined);
    assert.deepEqual(await secrets.names(B, 'svc_1'), []);
    await services.delete(A, 'svc_1');
    assert.deepEqual(await secrets.names(A, 'svc_1'), []);
    await secrets.put(A, 'svc_1', {});
  });
}
