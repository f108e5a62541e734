import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { commentText, quoteText } from './quote-text.ts';

describe('foreign texts in generated code', () => {
  test('a literal is one line of ASCII and means the text', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = String.fromCharCode(...units);
        const literal = quoteText(text);
        assert.match(literal, /^"[ -~]*"$/);
        assert.equal(JSON.parse(literal), text);
      }),
    );
    for (const text of ['\u2028', '</script>', '<!--', '`${a}`', '\ud800', '__proto__', '*/']) {
      assert.equal(JSON.parse(quoteText(text)), text);
    }
    assert.equal(quoteText('</script>'), '"\\u003C/script>"');
  });

  test('a comment neither ends early nor says anything to a compiler', () => {
    const parts = ['*', '/', '*/', '@ts-nocheck', '\n', '\u2028', '#', ' ', '\\', '\u202e', 'a'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts)), (pieces) => {
        const text = commentText(pieces.join(''), 200);
        assert.doesNotMatch(`/** ${text} `, /\*\/|[@#\r\n\u2028\u2029\u202e]/);
      }),
    );
  });
});
