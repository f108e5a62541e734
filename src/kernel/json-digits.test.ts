import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Json, JsonObject } from './json.ts';
import {
  digitsOf,
  isRawNumber,
  parseRawNumbers,
  parseWithDigits,
  rawNumber,
  textWithDigits,
  withoutMember,
} from './json-digits.ts';
import { limits } from './limits.ts';

const long = '9223372036854775807';

const parse = (text: string): unknown => parseWithDigits(text, 100);

describe('numbers of more digits than a JS number holds', () => {
  test('are the same values that JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 2 }), (value, indent) => {
        const text = JSON.stringify([value, 2 ** 70], null, indent);
        assert.equal(JSON.stringify(parse(text)), JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('have their digits remembered beside them, wherever they stand', () => {
    const value = parse(`{"a":${long},"b":[1,-${long}, 0.1234567890123456789],"c":1}`);
    const { b } = value as { b: readonly number[] };
    assert.equal(digitsOf(value as object, 'a'), long);
    assert.equal(digitsOf(b, 1), `-${long}`);
    assert.equal(digitsOf(b, 2), '0.1234567890123456789');
    assert.equal(digitsOf(value as object, 'c'), undefined);
    assert.equal(digitsOf(b, 0), undefined);
    assert.equal(digitsOf({ ...(value as object) }, 'a'), long, 'a copy has them too');
  });

  test('lose them when the value is another one', () => {
    const value = parse(`{"a":${long},"__proto__":${long}}`) as Record<string, unknown>;
    assert.equal(digitsOf({ ...value, a: 5 }, 'a'), undefined);
    assert.equal(digitsOf(value, '__proto__'), long);
    assert.deepEqual(Object.keys(value), ['a', '__proto__']);
    assert.equal(JSON.stringify(structuredClone(value)), JSON.stringify(value));
  });

  test('are written again with their digits, also in copies and beside other values', () => {
    const text = `{"a":{"b":[{"c":${long}},1,[0.12345678901234567890]],"d":"x"},"e":-${long}}`;
    const value = parse(text) as JsonObject;
    assert.equal(textWithDigits(value), text);
    assert.equal(textWithDigits({ ...value, f: 1 }), `${text.slice(0, -1)},"f":1}`);
    assert.equal(textWithDigits({ ...value, e: 2 }), text.replace(`-${long}`, '2'));
    const plain = { g: [1, { h: 'i' }] };
    assert.equal(textWithDigits(plain), JSON.stringify(plain));
  });

  test('have them remembered in a text that is not too long (digitsTextCharactersMax)', () => {
    const padded = (characters: number): object =>
      parse(`{"a":${long}}`.padEnd(characters)) as object;
    assert.equal(digitsOf(padded(limits.digitsTextCharactersMax), 'a'), long);
    assert.equal(digitsOf(padded(limits.digitsTextCharactersMax + 1), 'a'), undefined);
  });

  test('are looked for up to the deepest level that is allowed', () => {
    const nested = (levels: number): string => '['.repeat(levels) + long + ']'.repeat(levels);
    let inner: unknown = parseWithDigits(nested(5), 5);
    while (Array.isArray(inner) && Array.isArray(inner[0])) inner = inner[0];
    assert.equal(digitsOf(inner as object, 0), long);
    assert.throws(() => parseWithDigits(nested(6), 5), RangeError);
    assert.throws(() => parseWithDigits(`[1,${nested(5)}]`, 5), RangeError);
    assert.throws(() => parseWithDigits(`{"a":${nested(5)}}`, 5), RangeError);
    assert.deepEqual(parseWithDigits('[[],{}]', 2), [[], {}]);
  });

  test('are written with their digits', () => {
    const value: Json = { id: rawNumber(long), list: [rawNumber('1e400')] };
    assert.equal(JSON.stringify(value), `{"id":${long},"list":[1e400]}`);
    const text = `{"a":${long},"b":[0.1,1.50,-1e999]}`;
    assert.equal(JSON.stringify(parseRawNumbers(text)), text);
    assert.ok(isRawNumber(rawNumber('1')));
    assert.ok(!isRawNumber({ rawJSON: '1' }) && !isRawNumber(1));
    assert.throws(() => rawNumber('1,2'), SyntaxError);
  });

  test('stay with an object that loses a member, and so does every other name', () => {
    const value = parse(`{"a":${long},"_meta":{"b":1},"c":[2]}`) as JsonObject;
    assert.equal(textWithDigits(withoutMember(value, '_meta')), `{"a":${long},"c":[2]}`);
    for (const text of ['{"__proto__":{"x":1},"_meta":1,"y":2}', '{"_meta":1}', '{"y":2}']) {
      const plain = JSON.parse(text) as JsonObject;
      const { _meta: _, ...others } = plain;
      const kept = withoutMember(plain, '_meta');
      assert.equal(JSON.stringify(kept), JSON.stringify(others));
      assert.equal(Object.getPrototypeOf(kept), Object.prototype);
      assert.equal(JSON.stringify(plain), text);
    }
  });

  test('broken JSON is refused as JSON.parse refuses it', () => {
    assert.throws(() => parse(`{"a":${long}`), SyntaxError);
    assert.throws(() => parse('{'), SyntaxError);
  });
});
