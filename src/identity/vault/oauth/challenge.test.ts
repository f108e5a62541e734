import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readChallenge } from './challenge.ts';

test('a challenge tells scopes, error and where the metadata are', () => {
  const metadata = 'https://api.example/.well-known/oauth-protected-resource';
  const header =
    `Basic realm="x", Bearer error="insufficient_scope", scope="a b  a", ` +
    `resource_metadata="${metadata}", error_description="say \\"please\\""`;
  assert.deepEqual(readChallenge(header), {
    error: 'insufficient_scope',
    scopes: ['a', 'b'],
    resourceMetadata: metadata,
  });
  assert.deepEqual(readChallenge('bearer scope=one').scopes, ['one']);
  const nothing = { error: undefined, scopes: [], resourceMetadata: undefined };
  for (const none of [undefined, '', 'Basic realm="x"', 'Bearer', 'Bearers scope="a"x']) {
    assert.deepEqual(readChallenge(none).resourceMetadata, nothing.resourceMetadata);
  }
  assert.deepEqual(readChallenge('Basic scope="a"'), nothing);
});

test('a challenge of any nonsense is read in no time', () => {
  fc.assert(
    fc.property(fc.string(), (nonsense) => {
      const { scopes } = readChallenge(`Bearer ${nonsense}`);
      assert.equal(new Set(scopes).size, scopes.length);
    }),
  );
  const startedMs = performance.now();
  readChallenge(`Bearer ${'a="'.repeat(20_000)}`);
  assert.ok(performance.now() - startedMs < 1_000);
});
