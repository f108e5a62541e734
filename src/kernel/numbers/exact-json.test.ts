import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Json } from '../json.ts';
import { exactNumber, parseExactJson } from './exact-json.ts';

describe('JSON whose numbers keep their digits', () => {
  test('is what JSON.parse gives while numbers fit', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const fits = (_key: string, inner: unknown): unknown =>
          typeof inner === 'number' && /^-?\d{16,}$/.test(String(inner)) ? 0 : inner;
        const text = JSON.stringify(value, fits);
        assert.equal(JSON.stringify(parseExactJson(text)), text);
      }),
    );
  });

  test('keeps numbers that do not fit as text', () => {
    const cases: readonly (readonly [string, Json])[] = [
      ['9007199254740991', 9_007_199_254_740_991],
      ['9007199254740992', 9_007_199_254_740_992],
      ['-120000000000000000000', -1.2e20],
      ['-9007199254740993', '-9007199254740993'],
      ['0.1', 0.1],
      ['0.10000000000000000', 0.1],
      ['0.12345678901234567890', '0.12345678901234567890'],
      ['1e400', '1e400'],
      ['1e-400', '1e-400'],
      ['1E+2', 100],
      ['1.00e2', 100],
      ['12345678901234567890.5', '12345678901234567890.5'],
      ['[{"a":36893488147419103232}]', [{ a: '36893488147419103232' }]],
      ['"9007199254740993"', '9007199254740993'],
    ];
    for (const [text, value] of cases) assert.deepEqual(parseExactJson(text), value, text);
    assert.throws(() => parseExactJson('{"a":9007199254740993'), SyntaxError);
  });

  test('never gives a number that stands for other digits', () => {
    const digits = fc.tuple(
      fc.constantFrom('', '-'),
      fc.stringMatching(/^[1-9]\d{0,24}$/),
      fc.stringMatching(/^(?:\.\d{1,24})?$/),
    );
    fc.assert(
      fc.property(digits, ([sign, whole, fraction]) => {
        const text = `${sign}${whole}${fraction}`;
        const value = exactNumber(text);
        if (typeof value === 'string') return assert.equal(value, text);
        const plain = BigInt(`${sign}${whole}`);
        if (fraction === '') return assert.equal(BigInt(value), plain);
        return assert.equal(String(value), text.replace(/\.?0*$/, ''));
      }),
      { numRuns: 2_000 },
    );
  });
});
