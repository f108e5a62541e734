import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKept } from '../finding.ts';
import { billingScenarios } from './scenarios.ts';

/** The others take minutes: `npm run chaos:billing` runs them. */
const quick = billingScenarios.filter(({ name }) => name === 'shop killed');

for (const { name, run, missing } of quick) {
  const limits = { skip: missing ?? false, timeout: 240_000 };
  test(`billing chaos on a small scale: ${name}`, limits, async () => {
    const findings = await run('smoke');
    assert.ok(findings.length > 1);
    assert.deepEqual(
      findings.filter((finding) => !isKept(finding)),
      [],
    );
  });
}
