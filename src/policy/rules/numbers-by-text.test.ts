import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { NumbersByText } from './numbers-by-text.ts';

test('numbers come back by their text, in the order in which they were added', () => {
  const pair = fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.nat(9));
  fc.assert(
    fc.property(fc.array(pair), (pairs) => {
      const numbers = new NumbersByText();
      for (const [text, number] of pairs) numbers.add(text, number);
      for (const text of ['a', 'b', 'c', '__proto__', 'nothing']) {
        const seen: number[] = [];
        numbers.visit(text, (number) => seen.push(number));
        const wanted = pairs.filter(([one]) => one === text).map(([, number]) => number);
        assert.deepEqual(seen, wanted);
      }
    }),
  );
});
