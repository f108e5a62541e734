import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane } from '../../../../../test/support/control-plane.ts';
import { NOW_MS } from '../../../../../test/support/api-callers.ts';
import type { Grant } from '../../../../identity/grants/store.ts';
import { openClient } from '../../../../identity/oauth/clients/seal-client.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';

const CLIENTS = '/api/v1/oauth-clients';
const GRANTS = '/api/v1/grants';
const A = tenantId('ten_a');

const grantOf = (id: string, change: Partial<Grant> = {}): Grant => ({
  id,
  tenant: A,
  userId: 'usr_a_member',
  kind: 'oauth',
  clientId: 'client',
  scopes: ['mcp.use'],
  access: [[{ services: ['orders'] }]],
  resource: 'https://gw.example/mcp/orders',
  createdAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 1_000,
  revokedAtMs: null,
  ...change,
});

describe('OAuth clients of a tenant', () => {
  const body = { name: 'Desk', redirectUris: ['https://desk.example/callback'] };

  test('are made, listed and deleted by who may manage them, in their tenant alone', async () => {
    const plane = new ControlPlane();
    const made = await plane.send('POST', CLIENTS, { as: 'adminA', body });
    assert.equal(made.status, 201);
    const { clientId, clientSecret } = made.json as { clientId: string; clientSecret: null };
    assert.match(clientId, /^cli_/);
    assert.equal(clientSecret, null);
    const listed = async (as: 'adminA' | 'adminB') => {
      const { json } = await plane.send('GET', CLIENTS, { as });
      return (json as { clients: { clientId: string }[] }).clients.map((one) => one.clientId);
    };
    assert.deepEqual(await listed('adminA'), [clientId]);
    assert.deepEqual(await listed('adminB'), []);
    assert.equal((await plane.send('GET', CLIENTS, { as: 'memberA' })).status, 403);
    const path = `${CLIENTS}/${clientId}`;
    assert.equal((await plane.send('DELETE', path, { as: 'adminB' })).status, 404);
    await plane.deps.oauth.grants.get(A, 'none');
    await plane.identity.grants.insert(A, grantOf('grt_1', { clientId }));
    assert.equal((await plane.send('DELETE', path, { as: 'adminA' })).status, 204);
    assert.deepEqual(await listed('adminA'), []);
    assert.deepEqual(plane.calls.slice(-1), ['revoked ten_a grt_1']);
    const grant = await plane.identity.grants.get(A, 'grt_1');
    assert.notEqual(grant?.revokedAtMs, null);
  });

  test('get a secret when they can keep one, shown once and stored sealed', async () => {
    const plane = new ControlPlane();
    const confidential = { ...body, kind: 'confidential' };
    const made = await plane.send('POST', CLIENTS, { as: 'adminA', body: confidential });
    const { clientId, clientSecret } = made.json as { clientId: string; clientSecret: string };
    assert.equal(Buffer.from(clientSecret, 'base64url').length, 32);
    const stored = await plane.identity.oauthClients.find(clientId);
    assert.ok(stored !== undefined && !JSON.stringify(stored).includes(clientSecret));
    const opened = openClient(stored, plane.deps.oauth.seal);
    assert.equal(opened?.['client_secret'], clientSecret);
    assert.equal(opened?.['token_endpoint_auth_method'], 'client_secret_basic');
    const { text } = await plane.send('GET', CLIENTS, { as: 'adminA' });
    assert.ok(!text.includes(clientSecret));
  });

  test('may be answered at no address that somebody else could take', async () => {
    const plane = new ControlPlane();
    for (const uri of [
      'http://desk.example/cb',
      'javascript:alert(1)',
      'https://a/#x',
      'nothing',
    ]) {
      const sent = { as: 'adminA' as const, body: { ...body, redirectUris: [uri] } };
      const came = await plane.send('POST', CLIENTS, sent);
      assert.equal(came.status, 400, uri);
      assert.match(came.text, /redirectUris/);
    }
  });

  test('are at most oauthClientsPerTenantMax', async () => {
    const plane = new ControlPlane();
    for (let count = 0; count < limits.oauthClientsPerTenantMax; count++) {
      const { status } = await plane.send('POST', CLIENTS, { as: 'adminA', body });
      assert.equal(status, 201);
    }
    assert.equal((await plane.send('POST', CLIENTS, { as: 'adminA', body })).status, 409);
    assert.equal((await plane.send('POST', CLIENTS, { as: 'adminB', body })).status, 201);
  });
});

describe('grants', () => {
  test('are shown to whom they are of, and to who manages them', async () => {
    const plane = new ControlPlane();
    const { grants } = plane.identity;
    await grants.insert(A, grantOf('grt_1'));
    await grants.insert(A, grantOf('grt_2', { userId: 'usr_a_viewer', scopes: null, access: [] }));
    await grants.insert(A, grantOf('grt_3', { expiresAtMs: NOW_MS }));
    await grants.insert(A, grantOf('grt_4', { revokedAtMs: NOW_MS - 1 }));
    const shown = async (as: 'memberA' | 'viewerA' | 'adminA' | 'adminB') => {
      const { json } = await plane.send('GET', GRANTS, { as });
      return (json as { grants: { id: string; scopes: string[] | null }[] }).grants;
    };
    const [own] = await shown('memberA');
    assert.deepEqual(own, {
      id: 'grt_1',
      userId: 'usr_a_member',
      kind: 'oauth',
      clientId: 'client',
      scopes: ['mcp:orders'],
      resource: 'https://gw.example/mcp/orders',
      createdAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 1_000,
    });
    assert.deepEqual((await shown('viewerA'))[0]?.scopes, null);
    const all = (await shown('adminA')).map(({ id }) => id);
    assert.deepEqual(all, ['grt_2', 'grt_1']);
    assert.deepEqual(await shown('adminB'), []);
  });

  test('are revoked by them, at once and everywhere', async () => {
    const plane = new ControlPlane();
    for (const id of ['grt_1', 'grt_2']) await plane.identity.grants.insert(A, grantOf(id));
    const revoke = async (as: 'memberA' | 'viewerA' | 'adminA' | 'adminB', id: string) =>
      (await plane.send('DELETE', `${GRANTS}/${id}`, { as })).status;
    assert.equal(await revoke('viewerA', 'grt_1'), 404);
    assert.equal(await revoke('adminB', 'grt_1'), 404);
    assert.equal(await revoke('memberA', 'grt_1'), 204);
    assert.equal(await revoke('memberA', 'grt_1'), 404);
    assert.equal(await revoke('adminA', 'grt_2'), 204);
    assert.deepEqual(plane.calls.slice(-2), ['revoked ten_a grt_1', 'revoked ten_a grt_2']);
  });
});
