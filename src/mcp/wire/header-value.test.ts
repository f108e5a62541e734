import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';

describe('header values', () => {
  it('survive the way there and back, and are always safe in a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed());
        const encoded = encodeHeaderValue(text);
        assert.match(encoded, /^[\t\x20-\x7e]+$/);
        assert.equal(encoded, encoded.trim());
        assert.equal(decodeHeaderValue(encoded), text);
      }),
    );
  });

  it('are written as the specification shows', () => {
    const examples: readonly [string, string][] = [
      ['us-west1', 'us-west1'],
      ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
      [' padded ', '=?base64?IHBhZGRlZCA=?='],
      ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
      ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ];
    for (const [plain, encoded] of examples) assert.equal(encodeHeaderValue(plain), encoded);
  });

  it('are refused when they are not validly encoded', () => {
    for (const value of ['ü', 'a\u0001', '=?base64?a?=', '=?base64?!!!!?=', '=?base64?YQ?=']) {
      assert.equal(decodeHeaderValue(value), undefined, value);
    }
    // The markers are case-sensitive: this is a plain value.
    assert.equal(decodeHeaderValue('=?BASE64?YQ==?='), '=?BASE64?YQ==?=');
  });
});
