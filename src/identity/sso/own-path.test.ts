import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { ownAddress } from './own-path.ts';

const at = (next: string | undefined) => ownAddress(next, 'https://gw.example/base');
const home = 'https://gw.example/base/console/';

test('a path of the gateway is gone on to', () => {
  assert.equal(at('/docs?a=b#c'), 'https://gw.example/base/docs?a=b#c');
  assert.equal(at(undefined), home);
  const longest = `/${'a'.repeat(limits.ssoNextLengthMax - 1)}`;
  assert.equal(at(longest), `https://gw.example/base${longest}`);
  assert.equal(at(`${longest}a`), home);
});

test('whatever could lead elsewhere is not', () => {
  const foreign = [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/a\\..\\b',
    '/a\r\nLocation: x',
    '.evil.example',
    '@evil.example',
    '',
    '/../outside',
    '/%2e%2e/outside',
    '/ü',
  ];
  for (const next of foreign) assert.equal(at(next), home, JSON.stringify(next));
  assert.equal(ownAddress('//evil.example', 'https://gw.example'), 'https://gw.example/console/');
});
