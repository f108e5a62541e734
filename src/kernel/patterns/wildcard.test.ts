import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { matchesWildcard, readWildcard } from './wildcard.ts';

test('matches what a regular expression of the same meaning matches', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 3 });
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('*'));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (wildcard, candidate) => {
      const expected = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`).test(candidate);
      assert.equal(matchesWildcard(readWildcard(wildcard), candidate), expected, wildcard);
    }),
    { numRuns: 2_000 },
  );
});

test('takes characters that mean something elsewhere as they are', () => {
  assert.equal(matchesWildcard(readWildcard('a.b(c)*'), 'a.b(c)d'), true);
  assert.equal(matchesWildcard(readWildcard('a.b'), 'aXb'), false);
});
