import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { credentialHeader } from './credential-header.ts';

describe('credentialHeader', () => {
  test('takes one word after Bearer, however the scheme is written and spaced', () => {
    for (const authorization of [
      'Bearer a.b-c',
      'bearer a.b-c',
      'BEARER   a.b-c',
      'Bearer a.b-c ',
    ]) {
      assert.equal(credentialHeader({ authorization }), 'a.b-c', authorization);
    }
    const wrong = ['', 'Bearer', 'Bearer ', 'Bearera', 'Bearer a b', 'Bearer a,b', 'Bearer a\tb'];
    for (const authorization of [...wrong, 'Bearer a\u00a0', 'Basic YTpi', ' Bearer a']) {
      assert.equal(credentialHeader({ authorization }), undefined, authorization);
    }
  });

  test('reads every value as the one expression of its grammar does', () => {
    const part = fc.constantFrom('Bearer', 'bearer', ' ', 'a', 'b.c', ',', '\t', '\u00a0', 'é');
    const value = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    const usual = value.map((rest) => `Bearer ${rest}`);
    fc.assert(
      fc.property(fc.oneof(value, usual), (authorization) => {
        const expected = /^Bearer +([^\s,]+) *$/i.exec(authorization)?.[1];
        assert.equal(credentialHeader({ authorization }), expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test('takes X-Api-Key alone, and both headers only when they agree', () => {
    const authorization = 'Bearer one';
    assert.equal(credentialHeader({ 'x-api-key': ' one ' }), 'one');
    assert.equal(credentialHeader({ authorization, 'x-api-key': 'one' }), 'one');
    assert.equal(credentialHeader({ authorization, 'x-api-key': 'two' }), undefined);
    assert.equal(credentialHeader({ 'x-api-key': ['one', 'two'] }), undefined);
  });
});
