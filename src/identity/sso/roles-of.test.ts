import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasRequired, rolesOf } from './roles-of.ts';

const map = { staff: ['developer'], leads: ['admin', 'developer'], bosses: ['owner'] };
const rules = { groupsClaim: 'realm.groups', roles: map, defaultRoles: ['viewer'] };

test('groups of a token give roles, and owner never', () => {
  const groups = ['staff', 'leads', 'bosses', 'others', 7, 'constructor'];
  assert.deepEqual(rolesOf({ realm: { groups } }, rules), ['admin', 'developer', 'viewer']);
  assert.deepEqual(rolesOf({ 'realm.groups': 'staff' }, rules), ['developer', 'viewer']);
  assert.deepEqual(rolesOf({}, rules), ['viewer']);
  assert.deepEqual(rolesOf({ groups: ['staff'] }, { ...rules, groupsClaim: null }), ['viewer']);
});

test('a claim that is demanded must be there exactly', () => {
  const requiredClaims = { hd: 'acme.example', email_verified: 'true' };
  assert.equal(hasRequired({ hd: 'acme.example', email_verified: true }, { requiredClaims }), true);
  assert.equal(hasRequired({ hd: 'acme.example' }, { requiredClaims }), false);
  assert.equal(
    hasRequired({ hd: 'ACME.example', email_verified: true }, { requiredClaims }),
    false,
  );
  assert.equal(hasRequired({}, { requiredClaims: {} }), true);
  assert.equal(hasRequired({}, { requiredClaims: { toString: 'x' } }), false);
});
