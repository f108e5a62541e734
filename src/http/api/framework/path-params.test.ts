import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathParamsOf } from './path-params.ts';

test('parameters are the decoded segments at their places', () => {
  const template = '/api/v1/groups/{group}/members/{user}';
  assert.deepEqual(pathParamsOf(template, '/api/v1/groups/a%2Fb/members/%C3%A9'), {
    group: 'a/b',
    user: 'é',
  });
  assert.deepEqual(pathParamsOf('/services', '/services'), {});
});

test('another path, and one that is no text, has none', () => {
  for (const path of ['/services', '/services/a/b', '/other/a', '/services/%ff']) {
    assert.throws(() => pathParamsOf('/services/{service}', path), { code: 'not_found' });
  }
});
