import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addCallersKey,
  callers,
  filledIdentity,
  NOW_MS,
} from '../../../test/support/api-callers.ts';
import { compilePermissions } from '../../policy/compile-permissions.ts';
import type { Principal } from '../../kernel/principal.ts';
import { tenantId } from '../../kernel/principal.ts';
import type { GrantHolder } from '../grants/grant-holders.ts';
import { createReadmit } from './readmit.ts';

const { memberA, serviceA, adminB } = callers;

function world() {
  const identity = filledIdentity();
  const holders = new Map<string, GrantHolder>();
  const readmit = createReadmit({
    ...identity,
    findHolder: (tenant, grantId, _credentialId, actsIn = tenant) =>
      Promise.resolve(holders.get(`${tenant} ${grantId} ${actsIn}`)),
    tenantsOf: () => Promise.resolve([tenantId('ten_a'), tenantId('ten_b')]),
    permissionsOf: compilePermissions,
    now: () => NOW_MS,
  });
  const left = ({ tenant, subject, grantId, credentialId }: Principal) => ({
    tenant,
    subject,
    grantId,
    credentialId,
  });
  return { identity, holders, readmit, left };
}

test('a key brings its holder back, with what it may do now', async () => {
  const { identity, readmit, left } = world();
  for (const caller of [memberA, serviceA]) {
    const again = await readmit(left(caller));
    assert.deepEqual(again?.subject, caller.subject);
    assert.deepEqual(again.permissions.actions, caller.permissions.actions);
  }
  const member = await identity.members.get(memberA.tenant, memberA.subject.id);
  assert.ok(member);
  await identity.members.update(memberA.tenant, memberA.subject.id, { roles: ['billing'] });
  const less = await readmit(left(memberA));
  assert.equal(less?.permissions.actions.has('chat.use'), false);
  await identity.members.update(memberA.tenant, memberA.subject.id, { status: 'deactivated' });
  assert.equal(await readmit(left(memberA)), undefined);
});

test('a key that is revoked, over, unknown or another’s brings nobody', async () => {
  const { identity, readmit, left } = world();
  const key = (id: string) => ({ ...left(memberA), grantId: id, credentialId: id });
  addCallersKey(identity, memberA, { id: 'key_over', expiresAtMs: NOW_MS });
  addCallersKey(identity, memberA, { id: 'key_good', expiresAtMs: NOW_MS + 1 });
  assert.notEqual(await readmit(key('key_good')), undefined);
  for (const id of ['key_over', 'key_none', 'key_b_admin', 'key_a_admin', 'ext_1', 'local']) {
    assert.equal(await readmit(key(id)), undefined, id);
  }
  assert.equal(await readmit({ ...left(memberA), tenant: adminB.tenant }), undefined);
  await identity.apiKeys.revoke(memberA.tenant, memberA.grantId, 1);
  assert.equal(await readmit(left(memberA)), undefined);
});

test('a login brings its user back; a browser’s in another of its tenants too', async () => {
  const { holders, readmit, left } = world();
  const login = { ...left(memberA), grantId: 'grt_1', credentialId: 'lgn_1' };
  assert.equal(await readmit(login), undefined);
  const holder = (kind: string) =>
    ({ grant: { kind }, principal: { ...memberA, grantId: 'grt_1' } }) as unknown as GrantHolder;
  holders.set('ten_b grt_1 ten_a', holder('oauth'));
  assert.equal(await readmit(login), undefined);
  holders.set('ten_b grt_1 ten_a', holder('console'));
  assert.equal((await readmit(login))?.grantId, 'grt_1');
  holders.set('ten_a grt_1 ten_a', holder('login'));
  assert.equal((await readmit(login))?.grantId, 'grt_1');
  const other = { ...login, subject: { kind: 'user', id: 'usr_other' } as const };
  assert.equal(await readmit(other), undefined);
});
