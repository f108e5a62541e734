import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzPaths } from './fuzz-paths.ts';

test('no argument leads outside its operation', () => {
  const { runs, refused, escapes } = fuzzPaths(10_000);
  assert.deepEqual(escapes, []);
  assert.ok(runs >= 10_000);
  assert.ok(refused > runs / 10, 'hostile values were among them');
  assert.ok(refused < runs * 0.9, 'plain values were among them');
});
