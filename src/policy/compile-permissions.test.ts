import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { permissionNames } from '../kernel/permissions.ts';
import { compilePermissions, holding } from './compile-permissions.ts';

describe('permissions', () => {
  it('are all of them for an owner, and those of its role for a developer', () => {
    assert.deepEqual([...compilePermissions(holding('owner')).actions], [...permissionNames]);
    const member = compilePermissions(holding('developer')).actions;
    assert.ok(member.has('mcp.use') && member.has('keys.own'));
    assert.ok(!member.has('services.write') && !member.has('keys.manage'));
  });

  it('are at most what the role has, whatever the credential is scoped to', () => {
    const scoped = compilePermissions(holding('developer'), {
      scopes: ['mcp.use', 'services.write'],
      access: [],
    });
    assert.deepEqual([...scoped.actions], ['mcp.use']);
  });

  it('leave out what is about the whole tenant when a part of it is reached', () => {
    const part = compilePermissions(holding('owner'), {
      scopes: null,
      access: [[{ tools: ['a__*'] }]],
    });
    for (const one of [
      'services.write',
      'services.register',
      'usage.read',
      'keys.manage',
    ] as const) {
      assert.equal(part.actions.has(one), false, one);
    }
    assert.ok(part.actions.has('mcp.use') && part.actions.has('services.read'));
  });

  it('have one digest for what is the same, and no other', () => {
    const access = [[{ tools: ['a__*'], services: ['a'] }]];
    const one = compilePermissions(holding('developer'), { scopes: null, access });
    const same = compilePermissions(holding('developer'), {
      scopes: null,
      access: [[{ services: ['a'], tools: ['a__*'] }]],
    });
    assert.equal(one.digest, same.digest);
    const others = [
      compilePermissions(holding('developer')),
      compilePermissions(holding('owner')),
      compilePermissions(holding('developer'), { scopes: ['mcp.use'], access }),
      compilePermissions(holding('developer'), { scopes: null, access: [...access, ...access] }),
    ];
    const digests = new Set([one, ...others].map(({ digest }) => digest));
    assert.equal(digests.size, 1 + others.length);
  });
});
