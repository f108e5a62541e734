import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { grantedScopes, scopeLimits, scopesFor } from './scope-limits.ts';

test('mcp is the data plane, mcp:service a part of it, a permission itself', () => {
  assert.deepEqual(scopeLimits(['mcp']), { scopes: ['mcp.use'], access: [] });
  assert.deepEqual(scopeLimits(['mcp:b', 'mcp:a']), {
    scopes: ['mcp.use'],
    access: [[{ services: ['a', 'b'] }]],
  });
  assert.deepEqual(scopeLimits(['mcp', 'mcp:a']), { scopes: ['mcp.use'], access: [] });
  assert.deepEqual(scopeLimits(['services.read']), { scopes: ['services.read'], access: [] });
  // What means nothing gives nothing, and the permission's own name is no scope.
  assert.deepEqual(scopeLimits(['openid', 'mcp:A', 'mcp:', 'mcp.use', 'MCP', '']), {
    scopes: [],
    access: [],
  });
});

test('limits tell the scopes they were made from', () => {
  const scopes = fc.uniqueArray(
    fc.oneof(
      fc.constantFrom('mcp', 'services.read', 'usage.read', 'keys.own'),
      fc.stringMatching(/^mcp:[a-z0-9]{1,6}$/),
    ),
  );
  fc.assert(
    fc.property(scopes, (given) => {
      const limits = scopeLimits(given);
      assert.deepEqual(scopeLimits(grantedScopes(limits)), limits);
      assert.ok(grantedScopes(limits).every((scope) => given.includes(scope)));
    }),
  );
});

test('a missing permission is asked for in the scopes of the endpoint', () => {
  assert.deepEqual(scopesFor('mcp.use', ['mcp:orders']), ['mcp:orders']);
  assert.deepEqual(scopesFor('mcp.use', ['services.read']), ['mcp']);
  assert.deepEqual(scopesFor('services.write', ['mcp']), ['services.write']);
});
