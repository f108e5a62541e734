import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oauthOf } from './oauth-of.ts';

test('what a configuration says of tokens is found, whatever the kind of the service', () => {
  const code = { type: 'authorizationCode' };
  const url = 'https://api.example/mcp#part';
  assert.deepEqual(oauthOf({ url, credentials: code }), {
    grant: 'authorization_code',
    resource: 'https://api.example/mcp',
  });
  const socket = oauthOf({ url: 'wss://api.example/ws', credentials: code });
  assert.equal(socket?.resource, 'https://api.example/ws');
  const several = { key: { value: '${K}' }, oauth: { ...code, scopes: ['a'] } };
  const api = oauthOf({ baseUrl: 'https://api.example/v1', credentials: several });
  assert.deepEqual([api?.resource, api?.scopes], ['https://api.example/v1', ['a']]);
  const named = { ...code, resource: 'https://other.example/' };
  assert.equal(oauthOf({ url, credentials: named })?.resource, 'https://other.example/');
});

test('other credentials, and none, want no tokens', () => {
  const url = 'https://api.example';
  const fixed = { type: 'bearer', token: '${T}' };
  for (const credentials of [undefined, fixed, { a: { value: '${K}' } }, 'x', []]) {
    assert.equal(oauthOf({ url, ...(credentials !== undefined && { credentials }) }), undefined);
  }
  assert.equal(oauthOf({ credentials: { type: 'authorizationCode' } }), undefined);
});
