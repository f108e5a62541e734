import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../kernel/limits.ts';
import { permissionNames } from '../../kernel/permissions.ts';
import { findResource, resourceMetadata, resourcePath } from './protected-resource.ts';

const BASE = 'https://gw.example/base';

test('every endpoint is a resource, whether or not its service exists', () => {
  const slugs = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}$/);
  fc.assert(
    fc.property(slugs, fc.constantFrom('mcp', 'sse', 'ws'), (slug, door) => {
      const resource = findResource(`/${door}/${slug}`);
      assert.deepEqual(resource?.scopes, [`mcp:${slug}`]);
      assert.ok(resource.mayCarry('mcp') && resource.mayCarry(`mcp:${slug}`));
      assert.ok(!resource.mayCarry(`mcp:${slug}x`) && !resource.mayCarry('services.read'));
      assert.deepEqual(findResource(`/${door}/bundles/${slug}`)?.scopes, ['mcp']);
    }),
  );
  for (const path of ['', '/mcp', '/sse', '/ws', '/sessions']) {
    assert.deepEqual(findResource(path)?.scopes, ['mcp'], path);
  }
  assert.ok(findResource('/api')?.scopes.includes('services.read'));
});

test('nothing else is', () => {
  const paths = ['/', '/mcp/', '/mcp/a/b', '/mcp/A', '/mcpx', '/api/v1', '/mcp/a--b'];
  for (const path of paths) {
    assert.equal(findResource(path), undefined, path);
  }
  assert.equal(
    findResource(`/mcp/${'a'.repeat(limits.slugLengthMax)}`)?.path.length,
    limits.slugLengthMax + 5,
  );
  assert.equal(findResource(`/mcp/${'a'.repeat(limits.slugLengthMax + 1)}`), undefined);
});

test('a document names its resource, its server and the least scopes', () => {
  const resource = findResource('/mcp/orders');
  assert.ok(resource !== undefined);
  assert.deepEqual(resourceMetadata(resource, BASE, ['https://login.example']), {
    resource: `${BASE}/mcp/orders`,
    authorization_servers: ['https://login.example'],
    scopes_supported: ['mcp:orders'],
    bearer_methods_supported: ['header'],
    resource_name: 'MCP Gateway',
  });
  for (const path of ['', '/api', '/mcp', '/sessions']) {
    const { scopes = [] } = findResource(path) ?? {};
    assert.ok(!scopes.includes('offline_access'));
    // The data plane has scopes of its own.
    assert.ok(!scopes.includes('mcp.use'), path);
  }
  assert.equal(findResource('/api')?.scopes.length, permissionNames.length);
});

test('a resource parameter must be the exact URL; only scheme and host may be in capitals', () => {
  assert.equal(resourcePath(`${BASE}/mcp/orders`, BASE), '/mcp/orders');
  assert.equal(resourcePath('HTTPS://GW.Example/base/mcp', BASE), '/mcp');
  assert.equal(resourcePath(BASE, BASE), '');
  assert.equal(resourcePath(`${BASE}/`, BASE), '');
  const wrong = [
    'https://gw.example/mcp',
    'http://gw.example/base/mcp',
    'https://gw.example:444/base/mcp',
    'https://gw.example.evil/base/mcp',
    `${BASE}/mcp/`,
    `${BASE}/mcp2`,
    `${BASE}/MCP`,
    `${BASE}/mcp?x=1`,
    `${BASE}/mcp?`,
    `${BASE}/mcp#`,
    `${BASE}/x/../mcp`,
    `${BASE}/./mcp`,
    `${BASE}/%6dcp`,
    'https://user@gw.example/base/mcp',
    'https://:x@gw.example/base/mcp',
    'https://gw.example/base\\mcp',
    'mcp',
    '',
  ];
  for (const one of wrong) assert.equal(resourcePath(one, BASE), undefined, one);
});
