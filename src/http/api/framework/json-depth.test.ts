import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { jsonDepthExceeds } from './json-depth.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('the depth read from the text is the depth of the value', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 8 }), (text, max) => {
      assert.equal(jsonDepthExceeds(text, max), depthOf(JSON.parse(text)) > max);
    }),
  );
});

test('brackets and quotes inside strings do not count', () => {
  fc.assert(
    fc.property(fc.string(), (inside) => {
      assert.equal(jsonDepthExceeds(JSON.stringify([`[[{{"${inside}\\`]), 1), false);
    }),
  );
});

test('a string ends at the first quote that is not escaped', () => {
  for (const inside of ['\\', '"', '\\"', '\\\\', '"\\"[']) {
    const text = JSON.stringify([inside, [[[]]]]);
    assert.equal(jsonDepthExceeds(text, 3), true, text);
    assert.equal(jsonDepthExceeds(text, 4), false, text);
  }
});

test('a text that is no JSON ends too', () => {
  for (const text of ['"', '"\\', '"\\"', ']]]]', '{"a', '\\"[[']) {
    assert.equal(typeof jsonDepthExceeds(text, 1), 'boolean');
  }
});
