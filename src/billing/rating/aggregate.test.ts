import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatExact, parseExact } from '../../kernel/exact.ts';
import { aggregate, type Aggregation, weightedValue } from './aggregate.ts';
import { changeById, sumById, valuesById } from './identified-values.ts';

const event = (value: string, atMs: number, key?: string) => ({
  value: parseExact(value),
  atMs,
  ...(key === undefined ? {} : { key }),
});
const frame = { startMs: 0, endMs: 100, bucketMs: 10 };

describe('aggregations', () => {
  const events = [event('8', 5, 'a'), event('2', 9, 'b'), event('8', 50, 'a'), event('3', 50, 'c')];
  const cases: readonly [Aggregation, string][] = [
    ['count', '4'],
    ['sum', '21'],
    ['max', '8'],
    ['unique', '3'],
    ['latest', '3'],
    ['average', '5.25'],
    ['weighted_sum', '14.92'],
    ['bucketed_max', '16'],
  ];
  for (const [kind, quantity] of cases) {
    test(`${kind} of the events is ${quantity}, and 0 of none`, () => {
      assert.equal(formatExact(aggregate(kind, events, frame)), quantity);
      assert.equal(formatExact(aggregate(kind, [], frame)), '0');
    });
  }

  test('unique values are counted where there is no key; equal numbers are one', () => {
    const values = [event('1.50', 0), event('1.5', 1), event('2', 2)];
    assert.equal(formatExact(aggregate('unique', values, frame)), '2');
  });

  test('a level from before the period counts whole, one from after it not at all', () => {
    assert.equal(formatExact(weightedValue(event('4', -5), frame)), '4');
    assert.equal(formatExact(weightedValue(event('4', 100), frame)), '0');
    assert.throws(() => weightedValue(event('4', 0), { ...frame, endMs: 0 }), /no time/);
    assert.throws(() => aggregate('bucketed_max', events, { ...frame, bucketMs: 0 }), /longer/);
  });
});

describe('a repeated id', () => {
  const values = [
    { id: 'a', value: parseExact('5') },
    { id: 'b', value: parseExact('1') },
    { id: 'a', value: parseExact('3') },
  ];

  test('is nothing new, or a correction', () => {
    assert.equal(formatExact(sumById(values, 'first')), '6');
    assert.equal(formatExact(sumById(values, 'latest')), '4');
    assert.deepEqual([...valuesById(values, 'latest').keys()], ['a', 'b']);
  });

  test('changes the sum by the difference', () => {
    const change = (before: string | undefined, how: 'first' | 'latest'): string =>
      formatExact(
        changeById(
          { id: 'a', value: parseExact('3') },
          before === undefined ? undefined : parseExact(before),
          how,
        ),
      );
    assert.deepEqual([change(undefined, 'first'), change('5', 'first')], ['3', '0']);
    assert.deepEqual([change(undefined, 'latest'), change('5', 'latest')], ['3', '-2']);
  });
});
