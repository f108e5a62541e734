import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Came, ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { limits } from '../../../../kernel/limits.ts';

const PATH = '/api/v1/sso-connections';
const SECRET = 'CANARY-secret';
const request = {
  name: 'Acme',
  issuer: 'https://login.acme.example',
  clientId: 'gateway',
  clientSecret: SECRET,
};

const create = (plane: ControlPlane, change: object = {}): Promise<Came> =>
  plane.send('POST', PATH, { as: 'adminA', body: { ...request, ...change } });

const idOf = ({ json }: Came): string => (json as { id: string }).id;

describe('connections to providers', () => {
  test('are made, shown without their secret, changed at their version and removed', async () => {
    const plane = new ControlPlane();
    const made = await create(plane, { domains: ['ACME.example'], roles: { staff: ['viewer'] } });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.headers.get('etag'), '"1"');
    const path = `${PATH}/${idOf(made)}`;
    const shown = await plane.send('GET', path, { as: 'adminA' });
    assert.deepEqual(shown.json, made.json);
    const list = await plane.send('GET', PATH, { as: 'adminA' });
    for (const { text } of [made, shown, list]) assert.ok(!text.includes(SECRET), text);
    const stored = await plane.identity.ssoConnections.find(idOf(made));
    assert.ok(!JSON.stringify(stored).includes(SECRET));
    assert.deepEqual(stored?.domains, ['acme.example']);
    const change = { as: 'adminA', body: { clientSecret: 'other' } } as const;
    const headers = { 'If-Match': '"1"' };
    const changed = await plane.send('PATCH', path, { ...change, headers });
    assert.equal(changed.headers.get('etag'), '"2"');
    problemOf(await plane.send('PATCH', path, { ...change, headers }), 'conflict');
    const after = await plane.identity.ssoConnections.find(idOf(made));
    assert.notEqual(after?.secretSealed, stored?.secretSealed);
    assert.equal((await plane.send('DELETE', path, { as: 'adminA' })).status, 204);
    problemOf(await plane.send('GET', path, { as: 'adminA' }), 'not_found');
  });

  test('never move to another issuer, which would get the secret', async () => {
    const plane = new ControlPlane();
    const path = `${PATH}/${idOf(await create(plane))}`;
    const body = { issuer: 'https://evil.example' };
    problemOf(await plane.send('PATCH', path, { as: 'adminA', body }), 'invalid_params');
  });

  test('give no role that their maker does not hold, and owner never', async () => {
    const plane = new ControlPlane();
    for (const given of [{ defaultRoles: ['owner'] }, { roles: { bosses: ['owner'] } }]) {
      problemOf(await create(plane, given), 'invalid_params');
    }
    problemOf(await create(plane, { defaultRoles: ['unknown'] }), 'invalid_params');
    const path = `${PATH}/${idOf(await create(plane))}`;
    const body = { roles: { staff: ['unknown'] } };
    problemOf(await plane.send('PATCH', path, { as: 'adminA', body }), 'invalid_params');
  });

  test('have an issuer that is reached safely, and that does not let in the world', async () => {
    const plane = new ControlPlane();
    for (const issuer of ['http://login.example', 'https://a.example/?b', 'ftp://a.example']) {
      problemOf(await create(plane, { issuer }), 'invalid_params');
    }
    const issuer = 'https://accounts.google.com';
    problemOf(await create(plane, { issuer }), 'invalid_params');
    const made = await create(plane, { issuer, requiredClaims: { hd: 'acme.example' } });
    assert.equal(made.status, 201, made.text);
    const path = `${PATH}/${idOf(made)}`;
    const body = { requiredClaims: {} };
    problemOf(await plane.send('PATCH', path, { as: 'adminA', body }), 'invalid_params');
  });

  test('have domains that only the operator verifies', async () => {
    const plane = new ControlPlane();
    problemOf(await create(plane, { domainsVerified: true }), 'invalid_params');
    const id = idOf(await create(plane, { domains: ['acme.example'] }));
    const path = `/api/v1/tenants/ten_a/sso-connections/${id}/domains`;
    const body = { domainsVerified: true };
    for (const as of ['adminA', 'ownerB'] as const) {
      problemOf(await plane.send('POST', path, { as, body }), 'forbidden');
    }
    assert.equal((await plane.send('POST', path, { as: 'ownerA', body })).status, 200);
    const stored = await plane.identity.ssoConnections.find(id);
    assert.equal(stored?.domainsVerified, true);
  });

  test('are as many in a tenant as may be', async () => {
    const plane = new ControlPlane();
    for (let number = 0; number < limits.ssoConnectionsPerTenantMax; number++) {
      assert.equal((await create(plane)).status, 201);
    }
    problemOf(await create(plane), 'conflict');
  });

  test('are held to their bounds', async () => {
    const { ssoDomainsMax, ssoGroupsMax, ssoRequiredClaimsMax } = limits;
    const named = (count: number, value: unknown) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, value]));
    const domains = (count: number) => Array.from({ length: count }, (_, i) => `d${i}.example`);
    const longest: readonly ((more: number) => object)[] = [
      (more) => ({ domains: domains(ssoDomainsMax + more) }),
      (more) => ({ roles: named(ssoGroupsMax + more, ['viewer']) }),
      (more) => ({ requiredClaims: named(ssoRequiredClaimsMax + more, 'x') }),
      (more) => ({ groupsClaim: 'g'.repeat(limits.ssoClaimLengthMax + more) }),
      (more) => ({ clientSecret: 's'.repeat(limits.ssoSecretLengthMax + more) }),
    ];
    assert.deepEqual(
      [limits.ssoDomainsMax, limits.ssoGroupsMax, limits.ssoRequiredClaimsMax],
      [20, 200, 10],
    );
    const plane = new ControlPlane();
    for (const change of longest) {
      const made = await create(plane, change(0));
      assert.equal(made.status, 201, made.text);
      problemOf(await create(plane, change(1)), 'invalid_params');
    }
  });
});
