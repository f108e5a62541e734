import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callers, ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { keyHash } from '../../../../identity/keys/key-hash.ts';

const TENANTS = '/api/v1/tenants';

describe('tenants', () => {
  test('are made with their owner, whose key is shown once', async () => {
    const plane = new ControlPlane();
    const body = { name: 'Acme', owner: { login: 'eve', email: 'eve@acme.example' } };
    const came = await plane.send('POST', TENANTS, { as: 'ownerA', body });
    assert.equal(came.status, 201, came.text);
    const made = came.json as { tenant: { id: string }; ownerId: string; apiKey: string };
    const found = await plane.identity.apiKeys.find(
      keyHash(plane.deps.keyMaker.keySecret, made.apiKey),
    );
    assert.equal(found?.key.tenant, made.tenant.id);
    const standing = await plane.identity.members.standing(found.key.tenant, found.key.subject);
    assert.deepEqual([standing?.roles, standing?.isOperator], [['owner'], false]);
    problemOf(await plane.send('POST', TENANTS, { as: 'ownerA', body }), 'conflict');
    const known = { name: 'Second', owner: { userId: made.ownerId } };
    assert.equal((await plane.send('POST', TENANTS, { as: 'ownerA', body: known })).status, 201);
    const nobody = { name: 'Third', owner: { userId: 'usr_none' } };
    problemOf(await plane.send('POST', TENANTS, { as: 'ownerA', body: nobody }), 'not_found');
    problemOf(
      await plane.send('POST', TENANTS, { as: 'ownerA', body: { name: 'x', owner: {} } }),
      'invalid_params',
    );
  });

  test('that are suspended admit nobody, and the operator keeps its own', async () => {
    const plane = new ControlPlane();
    const body = { status: 'suspended' };
    const own = await plane.send('PATCH', `${TENANTS}/ten_a`, { as: 'ownerA', body });
    problemOf(own, 'conflict');
    const came = await plane.send('PATCH', `${TENANTS}/ten_b`, { as: 'ownerA', body });
    assert.equal(came.status, 200, came.text);
    assert.deepEqual(plane.calls.toSorted(), [
      'revoked ten_b key_b_admin',
      'revoked ten_b key_b_owner',
    ]);
    const { tenant, subject } = callers.adminB;
    assert.equal(await plane.identity.members.standing(tenant, subject), undefined);
    const again = { as: 'ownerA', body: { status: 'active' } } as const;
    await plane.send('PATCH', `${TENANTS}/ten_b`, again);
    assert.notEqual(await plane.identity.members.standing(tenant, subject), undefined);
  });

  test('change their own name and tenantSettingsBytesMax of settings', async () => {
    const plane = new ControlPlane();
    const change = (body: object, headers = {}) =>
      plane.send('PATCH', '/api/v1/tenant', { as: 'adminA', body, headers });
    const longest = 'x'.repeat(limits.tenantSettingsBytesMax - '{"a":""}'.length);
    const came = await change({ name: 'New', settings: { a: longest } }, { 'If-Match': '"1"' });
    assert.equal(came.status, 200, came.text);
    assert.equal(came.headers.get('etag'), '"2"');
    problemOf(await change({ settings: { a: `${longest}x` } }), 'invalid_params');
    problemOf(await change({ name: 'Other' }, { 'If-Match': '"1"' }), 'conflict');
    problemOf(await change({ status: 'suspended' }), 'invalid_params');
    const read = await plane.send('GET', '/api/v1/tenant', { as: 'billingA' });
    assert.equal((read.json as { name: string }).name, 'New');
    assert.equal((await plane.identity.tenants.get(tenantId('ten_b')))?.name, 'name of ten_b');
  });

  test('say who the caller is', async () => {
    const plane = new ControlPlane();
    const { json } = await plane.send('GET', '/api/v1/me', { as: 'scopedA' });
    const me = json as Record<string, unknown>;
    assert.equal(me['login'], 'usr-a-owner');
    assert.deepEqual(me['roles'], ['owner']);
    assert.deepEqual(me['permissions'], ['mcp.use', 'keys.own', 'tenant.read']);
    const robot = (await plane.send('GET', '/api/v1/me', { as: 'serviceA' })).json as typeof me;
    assert.deepEqual(
      [robot['kind'], robot['name'], robot['login']],
      ['service_account', 'robot', null],
    );
  });
});
