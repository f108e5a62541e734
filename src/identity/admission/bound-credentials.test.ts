import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayError } from '../../kernel/errors.ts';
import { tenantId, type Principal } from '../../kernel/principal.ts';
import { createAdmission } from './create-admission.ts';
import type { CredentialKind } from './credential-kind.ts';

const principal: Principal = {
  tenant: tenantId('ten_a'),
  subject: { kind: 'user', id: 'usr_1' },
  grantId: 'grt_1',
  credentialId: 'tok_1',
  permissions: {
    digest: 'd',
    actions: new Set(),
    layers: [],
    credential: { scopes: null, access: [] },
    roles: [],
    groups: [],
  },
};

function setUp() {
  const asked: string[] = [];
  const bound: CredentialKind = {
    recognises: (token) => token.startsWith('bound-'),
    lookUp: async (token, resource) => {
      asked.push(`${token} at ${resource}`);
      return { principal, endsAtMs: null, resource: '/mcp/orders' };
    },
  };
  const free: CredentialKind = {
    recognises: () => true,
    lookUp: async () => ({ principal, endsAtMs: null, resource: null }),
  };
  const door = createAdmission({ kinds: [bound, free], now: () => 1 });
  const codeAt = async (token: string, resource: string): Promise<string> => {
    try {
      await door.admit(token, resource);
      return 'admitted';
    } catch (error) {
      return (error as GatewayError).code;
    }
  };
  return { codeAt, asked, door };
}

test('a credential of one resource is good there and nowhere else, in whatever order', async () => {
  for (const first of ['/mcp/orders', '/mcp']) {
    const { codeAt } = setUp();
    await codeAt('bound-1', first);
    assert.equal(await codeAt('bound-1', '/mcp/orders'), 'admitted', first);
    for (const other of ['/mcp', '/mcp/orders2', '/api', '/mcp/bundles/orders', '']) {
      assert.equal(await codeAt('bound-1', other), 'unauthenticated', `${first} then ${other}`);
    }
    assert.equal(await codeAt('bound-1', '/mcp/orders'), 'admitted');
  }
});

test('the first kind that recognises a token is asked, and no other', async () => {
  const { codeAt, asked } = setUp();
  assert.equal(await codeAt('bound-1', '/mcp'), 'unauthenticated');
  assert.equal(await codeAt('other', '/mcp'), 'admitted');
  assert.deepEqual(asked, ['bound-1 at /mcp']);
});

test('a grant that is forgotten is asked for again', async () => {
  const { codeAt, asked, door } = setUp();
  await codeAt('bound-1', '/mcp/orders');
  await codeAt('bound-1', '/mcp/orders');
  door.forget('grt_1');
  await codeAt('bound-1', '/mcp/orders');
  assert.equal(asked.length, 2);
});
