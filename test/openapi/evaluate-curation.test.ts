import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateCuration } from './evaluate-curation.ts';

test('documents are reloaded, and rules make a small server of a large API', async () => {
  const checks = await evaluateCuration();
  assert.ok(checks.length >= 14, `only ${checks.length} checks ran`);
  assert.deepEqual(
    checks.filter(({ right }) => !right),
    [],
  );
});
