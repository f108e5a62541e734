import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateCalls } from './evaluate-calls.ts';

test('answers, credentials, servers and repetition are right over real connections', async () => {
  const checks = await evaluateCalls();
  assert.ok(checks.length >= 27, `only ${checks.length} checks ran`);
  assert.deepEqual(
    checks.filter(({ right }) => !right),
    [],
  );
});
