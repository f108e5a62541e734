import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast, atMost, isKept } from './finding.ts';
import { scenarios } from './scenarios.ts';
import { slopeOf } from './support/measure.ts';

for (const { name, run, missing } of scenarios) {
  test(`chaos on a small scale: ${name}`, { skip: missing ?? false }, async () => {
    const findings = await run('smoke');
    assert.ok(findings.length > 1);
    assert.deepEqual(
      findings.filter((finding) => !isKept(finding)),
      [],
    );
  });
}

test('a bound is kept or it is not', () => {
  assert.equal(isKept(atMost('x', 1, 1)), true);
  assert.equal(isKept(atMost('x', 1.1, 1)), false);
  assert.equal(isKept(atLeast('x', 1, 1)), true);
  assert.equal(isKept(atLeast('x', 0.9, 1)), false);
  assert.equal(isKept(atMost('x', Number.NaN, 1)), false);
});

test('the slope is that of the best line', () => {
  assert.equal(
    slopeOf([
      [0, 5],
      [10, 25],
      [20, 45],
    ]),
    2,
  );
});
