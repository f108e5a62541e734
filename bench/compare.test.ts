import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCompareOptions } from './compare-options.ts';
import { isWithinBar, pairRatios, renderPairs, type Pair } from './compare-report.ts';
import { compareCheckouts } from './compare.ts';

const side = (cpuMicros: number, readyMs = 400): Pair['before'] => ({
  cpuMicros,
  readyMs,
  startRssBytes: 80e6,
  loadRssBytes: 120e6,
});

// The middle pair has the highest figures, so that medians of sides and of ratios differ.
const pairs: readonly Pair[] = [
  { before: side(30), after: side(33) },
  { before: side(60), after: side(57, 300) },
  { before: side(40), after: side(42) },
];

test('ratios are taken pair by pair, and the table shows their median and each of them', () => {
  assert.deepEqual(pairRatios(pairs, 'cpuMicros'), [1.1, 0.95, 1.05]);
  const [, , cpu, ready] = renderPairs(pairs);
  assert.equal(cpu, '| CPU µs per call | 40.0 | 42.0 | 1.050 | 1.10 0.95 1.05 |');
  assert.equal(ready, '| ms until ready | 400 | 400 | 1.000 | 1.00 0.75 1.00 |');
});

test('the bar is held by the median CPU ratio, and no rounds hold no bar', () => {
  assert.equal(isWithinBar(pairs, 1.05), true);
  assert.equal(isWithinBar(pairs, 1.04), false);
  assert.equal(isWithinBar(pairs, undefined), true);
  assert.equal(isWithinBar([], 1), false);
});

test('the command line of a comparison is strict', () => {
  const options = parseCompareOptions(['--before', '/elsewhere', '--bar', '1.0', '--rounds', '3']);
  assert.equal(options.before, '/elsewhere');
  assert.deepEqual([options.bar, options.rounds, options.windows], [1, 3, 3]);
  assert.deepEqual(options.scenarios, ['modern-small', 'legacy-small']);
  assert.throws(() => parseCompareOptions([]), /--before wants the path of a checkout/);
  assert.deepEqual([options.beforeKind, options.afterKind], ['gateway', 'gateway']);
  const ruled = parseCompareOptions(['--before', '.', '--after-subject', 'gateway-ruled']);
  assert.deepEqual([ruled.beforeKind, ruled.afterKind], ['gateway', 'gateway-ruled']);
  const wrong = [
    ['--after-subject', 'x'],
    ['--rounds', '0'],
    ['--windows', 'x'],
    ['--bar', '0'],
    ['--bar', 'one'],
    ['--b'],
  ];
  for (const flags of wrong) {
    assert.throws(() => parseCompareOptions(['--before', '/elsewhere', ...flags]), flags.join(' '));
  }
});

const isLinux = process.platform === 'linux';

test(
  'a folder that is no checkout is refused before anything starts',
  { skip: !isLinux },
  async () => {
    const compared = compareCheckouts(['--before', '/nonexistent']);
    await assert.rejects(compared, /\/nonexistent\/src\/main\.ts does not exist/);
  },
);
