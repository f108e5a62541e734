import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { tenantId } from '../../../../kernel/principal.ts';

const ACCOUNTS = '/api/v1/service-accounts';

describe('service accounts', () => {
  test('have roles and keys of their own, which end with them', async () => {
    const plane = new ControlPlane();
    const as = 'adminA';
    const body = { name: 'import', roles: ['developer'] };
    const came = await plane.send('POST', ACCOUNTS, { as, body });
    assert.equal(came.status, 201, came.text);
    const { id } = came.json as { id: string };
    const asked = { name: 'key', serviceAccountId: id };
    const made = await plane.send('POST', '/api/v1/keys', { as, body: asked });
    assert.equal(made.status, 201, made.text);
    const key = made.json as { id: string; serviceAccountId: string; userId: null };
    assert.deepEqual([key.serviceAccountId, key.userId], [id, null]);
    const tenant = tenantId('ten_a');
    const subject = { kind: 'service_account', id } as const;
    const roles = async () => (await plane.identity.members.standing(tenant, subject))?.roles;
    assert.deepEqual(await roles(), ['developer']);
    const path = `${ACCOUNTS}/${id}`;
    const off = { status: 'deactivated' };
    assert.equal((await plane.send('PATCH', path, { as, body: off })).status, 200);
    assert.equal(await roles(), undefined);
    problemOf(await plane.send('POST', '/api/v1/keys', { as, body: asked }), 'conflict');
    assert.equal((await plane.send('DELETE', path, { as })).status, 204);
    const ended = await plane.identity.apiKeys.get(tenant, key.id);
    assert.notEqual(ended?.revokedAtMs, null);
    assert.deepEqual(plane.calls, [`revoked ten_a ${key.id}`, `revoked ten_a ${key.id}`]);
  });

  test('are no owners, and get no more than who makes them', async () => {
    const plane = new ControlPlane();
    const make = (roles: readonly string[]) =>
      plane.send('POST', ACCOUNTS, { as: 'adminA', body: { name: 'x', roles } });
    problemOf(await make(['owner']), 'invalid_params');
    problemOf(await make(['nonsense']), 'invalid_params');
    const both = { name: 'x', userId: 'usr_a_admin', serviceAccountId: 'sva_a' };
    problemOf(
      await plane.send('POST', '/api/v1/keys', { as: 'adminA', body: both }),
      'invalid_params',
    );
    const theirs = { name: 'x', serviceAccountId: 'sva_a' };
    problemOf(
      await plane.send('POST', '/api/v1/keys', { as: 'memberA', body: theirs }),
      'forbidden',
    );
  });
});
