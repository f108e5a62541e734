import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { permissionNames, type AccessRule } from '../kernel/permissions.ts';
import { combineRoles, grantOf, type RoleGrant } from './combine-roles.ts';
import { mayGrant } from './may-grant.ts';
import { compilePermissions, holding } from './compile-permissions.ts';
import { viewPermissions } from './role-permissions.ts';

const onA: RoleGrant = { permissions: ['mcp.use'], access: [{ services: ['a'] }] };
const onB: RoleGrant = { permissions: ['mcp.use', 'services.read'], access: [{ services: ['b'] }] };

describe('several roles', () => {
  it('reach together what each reaches', () => {
    const both = combineRoles([onA, onB]);
    assert.deepEqual(both.access, [{ services: ['a'] }, { services: ['b'] }]);
    assert.deepEqual(both.permissions, ['mcp.use'], 'services.read is not given on a');
  });

  it('do not widen what another one narrows', () => {
    const readsAll: RoleGrant = { permissions: ['services.read', 'usage.read'], access: [] };
    const both = combineRoles([onA, readsAll]);
    assert.deepEqual(both.access, onA.access);
    assert.deepEqual(both.permissions, ['mcp.use', 'services.read', 'usage.read']);
    const refreshesB: RoleGrant = { permissions: ['services.refresh'], access: onB.access };
    const usesAll: RoleGrant = { permissions: ['mcp.use'], access: [] };
    assert.deepEqual(combineRoles([usesAll, refreshesB]), { permissions: ['mcp.use'], access: [] });
  });

  it('give nothing on a service that no role of theirs gives there', () => {
    const services = ['a', 'b', 'c'];
    const grants = fc.array(
      fc.record({
        permissions: fc.subarray([...viewPermissions]),
        access: fc
          .subarray(services)
          .map((all): AccessRule[] => all.map((slug) => ({ services: [slug] }))),
      }),
      { maxLength: 4 },
    );
    const reaches = ({ access }: RoleGrant, slug: string): boolean =>
      access.length === 0 || access.some((rule) => rule.services?.includes(slug));
    fc.assert(
      fc.property(grants, (all) => {
        const sum = combineRoles(all);
        for (const one of sum.permissions) {
          for (const slug of services.filter((name) => reaches(sum, name))) {
            const given = all.some((r) => r.permissions.includes(one) && reaches(r, slug));
            assert.ok(given, `${one} on ${slug}`);
          }
        }
      }),
    );
  });

  it('of unknown names give nothing, and names of every tenant are not taken over', () => {
    assert.deepEqual(grantOf('gone', []).permissions, []);
    const own = { name: 'viewer', permissions: permissionNames, access: [] };
    assert.ok(!grantOf('viewer', [own]).permissions.includes('keys.manage'));
    const part = { name: 'part', permissions: ['mcp.use', 'usage.read'] as const, access: [{}] };
    assert.deepEqual(grantOf('part', [part]).permissions, ['mcp.use']);
  });

  it('are in the digest, with the groups', () => {
    const base = holding('viewer');
    const digests = [
      compilePermissions(base),
      compilePermissions({ ...base, roles: ['no-such-role', 'viewer'] }),
      compilePermissions({ ...base, groups: ['grp_1'] }),
    ].map(({ digest }) => digest);
    assert.equal(new Set(digests).size, 3);
    const elsewhere = { ...holding('owner'), isOperator: false };
    assert.ok(!compilePermissions(elsewhere).actions.has('tenants.manage'));
  });
});

describe('who gives', () => {
  it('gives no more than what it has, and nothing on services when it reaches a part', () => {
    const admin = compilePermissions(holding('admin'));
    assert.equal(mayGrant(admin, { permissions: ['mcp.use'], access: [] }), true);
    assert.equal(mayGrant(admin, { permissions: ['tenants.manage'], access: [] }), false);
    const part = { ...admin, layers: [[{ services: ['a'] }]] };
    assert.equal(mayGrant(part, { permissions: ['mcp.use'], access: [] }), false);
    assert.equal(mayGrant(part, { permissions: ['usage.read'], access: [] }), true);
  });
});
