import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatExact, parseExact } from '../../kernel/exact.ts';
import { crossedThresholds } from './crossed-thresholds.ts';

const crossed = (
  values: readonly string[],
  step: string | undefined,
  direction: 'rising' | 'falling',
  [before, after]: readonly [string, string],
): readonly string[] =>
  crossedThresholds(
    {
      values: values.map(parseExact),
      direction,
      ...(step === undefined ? {} : { step: parseExact(step) }),
    },
    parseExact(before),
    parseExact(after),
    5n,
  ).map(formatExact);

describe('thresholds', () => {
  test('that a jump passes are all told, in order, and equal ones once', () => {
    const values = ['50', '15', '30', '30', '1230'];
    assert.deepEqual(crossed(values, undefined, 'rising', ['10', '30']), ['15', '30']);
    assert.deepEqual(crossed(values, undefined, 'rising', ['30', '430']), ['50']);
    assert.deepEqual(crossed(values, undefined, 'rising', ['430', '10']), []);
  });

  test('are repeated from the last one on', () => {
    assert.deepEqual(crossed(['15', '30'], '10', 'rising', ['0', '35']), ['15', '30']);
    assert.deepEqual(crossed(['15', '30'], '10', 'rising', ['35', '50']), ['40', '50']);
    assert.deepEqual(crossed([], '0.1', 'rising', ['0.15', '0.4']), ['0.2', '0.3', '0.4']);
    assert.deepEqual(crossed(['20'], '5', 'falling', ['12', '4']), ['10', '5']);
  });

  test('of a balance are crossed on its way down', () => {
    assert.deepEqual(crossed(['80', '50'], undefined, 'falling', ['90', '50']), ['80', '50']);
    assert.deepEqual(crossed(['80'], undefined, 'falling', ['80', '70']), []);
    assert.deepEqual(crossed(['80'], undefined, 'falling', ['70', '90']), []);
  });

  test('of a jump over very many steps are only the last ones', () => {
    assert.deepEqual(crossed([], '1', 'rising', ['0', '5']), ['1', '2', '3', '4', '5']);
    assert.deepEqual(crossed([], '1', 'rising', ['0', '6']), ['2', '3', '4', '5', '6']);
    const far = crossed([], '0.001', 'rising', ['0', '1000000000000']);
    assert.deepEqual([far.length, far.at(-1)], [5, '1000000000000']);
  });

  test('refuse a step that goes nowhere', () => {
    assert.throws(() => crossed([], '0', 'rising', ['0', '1']), /above 0/);
  });
});
