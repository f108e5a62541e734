import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  addCallersKey,
  type Caller,
  callers,
  ControlPlane,
  NOW_MS,
  problemOf,
} from '../../../../../test/support/control-plane.ts';
import { testPrincipal } from '../../../../../test/support/test-principal.ts';
import { keyHash } from '../../../../identity/keys/key-hash.ts';
import { limits } from '../../../../kernel/limits.ts';

const KEYS = '/api/v1/keys';

async function ids(plane: ControlPlane, as: Caller): Promise<string[]> {
  const { json } = await plane.send('GET', KEYS, { as });
  return (json as { keys: { id: string }[] }).keys.map(({ id }) => id);
}

describe('API keys', () => {
  test('are listed without text or hash: own for members, all for administrators', async () => {
    const plane = new ControlPlane();
    assert.deepEqual(await ids(plane, 'memberA'), ['key_a_member']);
    assert.deepEqual(await ids(plane, 'adminA'), [
      'key_a_admin',
      'key_a_billing',
      'key_a_member',
      'key_a_owner',
      'key_a_scoped',
      'key_a_service',
      'key_a_viewer',
    ]);
    assert.deepEqual(await ids(plane, 'adminB'), ['key_b_admin', 'key_b_owner']);
    assert.deepEqual(await ids(plane, 'serviceA'), ['key_a_service']);
    const { json } = await plane.send('GET', KEYS, { as: 'memberA' });
    const [key] = (json as { keys: object[] }).keys;
    assert.deepEqual(Object.keys(key ?? {}), [
      'id',
      'name',
      'env',
      'prefix',
      'createdAtMs',
      'expiresAtMs',
      'lastUsedAtMs',
      'revokedAtMs',
      'scopes',
      'access',
      'userId',
      'serviceAccountId',
    ]);
  });

  test('carry what they are scoped to, and never more than the key that asks', async () => {
    const plane = new ControlPlane();
    const access = { tools: ['orders__get*'] };
    const body = { name: 'agent', scopes: ['mcp.use'], access };
    const made = await plane.send('POST', KEYS, { as: 'memberA', body });
    assert.equal(made.status, 201, made.text);
    const { scopes, access: layers } = made.json as { scopes: unknown; access: unknown };
    assert.deepEqual([scopes, layers], [['mcp.use'], [[access]]]);
    const wide = { name: 'x', scopes: ['services.write'] };
    problemOf(await plane.send('POST', KEYS, { as: 'memberA', body: wide }), 'forbidden');
    const unknown = { name: 'x', scopes: ['everything'] };
    problemOf(await plane.send('POST', KEYS, { as: 'memberA', body: unknown }), 'invalid_params');
    const limited = testPrincipal({ user: 'usr_a_owner', grant: 'key_a_owner', access });
    const narrow = new ControlPlane({ admit: () => limited });
    const narrower = { name: 'x', access: { services: ['orders'] } };
    const child = await narrow.send('POST', KEYS, { as: 'memberA', body: narrower });
    const inherited = (child.json as { access: unknown }).access;
    assert.deepEqual(inherited, [[access], [narrower.access]]);
  });

  test('with access rules see and revoke themselves and what was made with them', async () => {
    const access = { tools: ['orders__get*'] };
    const limited = testPrincipal({
      user: 'usr_a_member',
      grant: 'key_limited',
      role: 'developer',
      access,
    });
    const plane = new ControlPlane({ admit: () => limited });
    const other = [[{ tools: ['vault__*'] }]];
    addCallersKey(plane.identity, limited);
    addCallersKey(plane.identity, limited, { id: 'key_other', access: other });
    const body = { name: 'child', access: { services: ['orders'] } };
    const made = await plane.send('POST', KEYS, { as: 'memberA', body });
    const { id } = made.json as { id: string };
    assert.deepEqual(await ids(plane, 'memberA'), [id, 'key_limited'].toSorted());
    for (const hidden of ['key_a_member', 'key_other']) {
      const came = await plane.send('DELETE', `${KEYS}/${hidden}`, { as: 'memberA' });
      problemOf(came, 'not_found');
    }
    assert.equal((await plane.send('DELETE', `${KEYS}/${id}`, { as: 'memberA' })).status, 204);
  });

  test('name accessPatternsMax patterns of accessPatternLengthMax characters', async () => {
    const plane = new ControlPlane();
    const longest = 'x'.repeat(limits.accessPatternLengthMax);
    const most = Array.from({ length: limits.accessPatternsMax }, () => longest);
    const ask = (tools: readonly string[]) =>
      plane.send('POST', KEYS, { as: 'memberA', body: { name: 'x', access: { tools } } });
    assert.equal((await ask(most)).status, 201);
    problemOf(await ask([...most, 'one']), 'invalid_params');
    problemOf(await ask([`${longest}x`]), 'invalid_params');
  });

  test('show their text once', async () => {
    const plane = new ControlPlane();
    const body = { name: 'laptop', expiresAtMs: NOW_MS + 1 };
    const came = await plane.send('POST', KEYS, { as: 'memberA', body });
    assert.equal(came.status, 201);
    assert.equal(came.headers.get('cache-control'), 'no-store');
    const made = came.json as { id: string; apiKey: string; userId: string; expiresAtMs: number };
    assert.match(made.apiKey, /^mgw_live_[0-9a-f]{32}_[0-9A-Za-z]{43}$/);
    assert.equal(made.userId, 'usr_a_member');
    assert.equal(made.expiresAtMs, NOW_MS + 1);
    const listed = await plane.send('GET', KEYS, { as: 'memberA' });
    assert.ok(listed.text.includes(made.id));
    assert.ok(!listed.text.includes(made.apiKey));
    assert.ok(!JSON.stringify(plane.logged).includes(made.apiKey));
  });

  test('for others are made by administrators, within their tenant', async () => {
    const plane = new ControlPlane();
    const make = (as: Caller, userId: string) =>
      plane.send('POST', KEYS, { as, body: { name: 'x', userId } });
    const made = await make('adminA', 'usr_a_member');
    assert.equal((made.json as { userId: string }).userId, 'usr_a_member');
    assert.equal((await make('memberA', 'usr_a_member')).status, 201);
    problemOf(await make('memberA', 'usr_a_admin'), 'forbidden');
    problemOf(await make('adminA', 'usr_a_owner'), 'forbidden');
    assert.equal((await make('ownerA', 'usr_a_admin')).status, 201);
    const theirs = await make('adminA', 'usr_b_admin');
    const nobodys = await make('adminA', 'usr_nobody');
    problemOf(theirs, 'not_found');
    assert.equal(theirs.text, nobodys.text);
    assert.equal((await ids(plane, 'adminB')).length, 2);
  });

  test('do not end in the past, nor after the key that makes them', async () => {
    const plane = new ControlPlane();
    plane.identity.setKey('key_a_member', 'expires_at_ms', NOW_MS + 1000);
    const make = (body: object) => plane.send('POST', KEYS, { as: 'memberA', body });
    for (const expiresAtMs of [NOW_MS, NOW_MS - 1, NOW_MS + 1001]) {
      const came = await make({ name: 'x', expiresAtMs });
      assert.equal(problemOf(came, 'invalid_params').errors?.[0]?.field, 'expiresAtMs');
    }
    const exact = await make({ name: 'x', expiresAtMs: NOW_MS + 1000 });
    assert.equal(exact.status, 201);
    const inherited = await make({ name: 'x' });
    assert.equal((inherited.json as { expiresAtMs: number }).expiresAtMs, NOW_MS + 1000);
  });

  test('take no field that would give more than was asked for', async () => {
    const plane = new ControlPlane();
    const extra = {
      permission: 'keys.own',
      tenant: 'ten_b',
      id: 'key_x',
      hash: 'h',
      env: 'live',
      apiKey: 'k',
    };
    for (const [field, value] of Object.entries(extra)) {
      const body = { name: 'x', [field]: value };
      const came = await plane.send('POST', KEYS, { as: 'adminA', body });
      assert.equal(problemOf(came, 'invalid_params').errors?.[0]?.field, field);
    }
    for (const body of [{}, { name: '' }, { name: 'x'.repeat(limits.titleLengthMax + 1) }]) {
      const came = await plane.send('POST', KEYS, { as: 'adminA', body });
      assert.equal(problemOf(came, 'invalid_params').errors?.[0]?.field, 'name');
    }
  });

  test('of one user are at most keysPerUserMax; ended ones do not count', async () => {
    const plane = new ControlPlane();
    const make = () => plane.send('POST', KEYS, { as: 'memberA', body: { name: 'x' } });
    // One is there already.
    for (let made = 1; made < limits.keysPerUserMax; made += 1) {
      assert.equal((await make()).status, 201);
    }
    problemOf(await make(), 'conflict');
    const mine = await ids(plane, 'memberA');
    for (const [index, column] of [
      [0, 'revoked_at_ms'],
      [1, 'expires_at_ms'],
    ] as const) {
      plane.identity.setKey(mine[index] ?? '', column, NOW_MS);
      assert.equal((await make()).status, 201);
      problemOf(await make(), 'conflict');
    }
  });

  test('are revoked once, by their owner or an administrator', async () => {
    const plane = new ControlPlane();
    const revoke = (as: Caller, id: string) => plane.send('DELETE', `${KEYS}/${id}`, { as });
    problemOf(await revoke('memberA', 'key_a_admin'), 'not_found');
    problemOf(await revoke('adminA', 'key_b_admin'), 'not_found');
    const theirs = await plane.identity.apiKeys.list(callers.adminB.tenant);
    assert.ok(theirs.every(({ revokedAtMs }) => revokedAtMs === null));
    assert.equal((await revoke('adminA', 'key_a_member')).status, 204);
    problemOf(await revoke('adminA', 'key_a_member'), 'not_found');
    assert.equal((await revoke('adminB', 'key_b_admin')).status, 204);
  });

  test('are rotated: two texts are good for keyGraceMs, or as long as is said', async () => {
    const plane = new ControlPlane();
    const rotate = (as: Caller, id: string, body: object = {}) =>
      plane.send('POST', `${KEYS}/${id}/rotate`, { as, body });
    const came = await rotate('memberA', 'key_a_member');
    assert.equal(came.status, 200, came.text);
    const made = came.json as { id: string; apiKey: string; previousEndsAtMs: number };
    assert.equal(made.id, 'key_a_member');
    assert.equal(made.previousEndsAtMs, NOW_MS + limits.keyGraceMs);
    const { tenant } = callers.memberA;
    const hash = keyHash(plane.deps.keyMaker.keySecret, made.apiKey);
    const found = await plane.identity.apiKeys.find(hash);
    assert.equal(found?.key.id, 'key_a_member');
    assert.equal(found.key.tenant, tenant);
    problemOf(await rotate('memberA', 'key_a_member'), 'conflict');
    const most = { graceMs: limits.keyGraceMsMax };
    assert.equal((await rotate('adminA', 'key_a_viewer', most)).status, 200);
    const more = { graceMs: limits.keyGraceMsMax + 1 };
    problemOf(await rotate('adminA', 'key_a_viewer', more), 'invalid_params');
    for (let time = 0; time < 3; time++) {
      const now = await rotate('adminA', 'key_a_billing', { graceMs: 0 });
      assert.equal(now.status, 200, 'without grace one text is good at a time');
    }
  });

  test('are not rotated by who may do less than they can', async () => {
    const plane = new ControlPlane();
    const rotate = (as: Caller, id: string) =>
      plane.send('POST', `${KEYS}/${id}/rotate`, { as, body: {} });
    problemOf(await rotate('adminA', 'key_a_owner'), 'forbidden');
    problemOf(await rotate('scopedA', 'key_a_owner'), 'forbidden');
    assert.equal((await rotate('scopedA', 'key_a_scoped')).status, 200);
    problemOf(await rotate('memberA', 'key_a_admin'), 'not_found');
    problemOf(await rotate('adminB', 'key_a_member'), 'not_found');
    plane.identity.setKey('key_a_member', 'expires_at_ms', NOW_MS + 1000);
    const lasting = addLasting(plane);
    problemOf(await rotate('memberA', lasting), 'forbidden');
  });

  /** A key of the member's own that never ends. */
  function addLasting(plane: ControlPlane): string {
    addCallersKey(plane.identity, callers.memberA, { id: 'key_lasting' });
    return 'key_lasting';
  }
});
