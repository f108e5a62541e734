import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { plainText } from './plain-text.ts';

test('a foreign text keeps what can be read and nothing else', () => {
  const tagged = 'evil'.split('').map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0)));
  const cases: readonly (readonly [string, string])[] = [
    ['a\u200Bb\u202Ec\u2066d\uFEFFe\u00ADf', 'abcdef'],
    [`seen${tagged.join('')}`, 'seen'],
    ['a\u0000\u001b[31mb', 'a[31mb'],
    ['  a \t b\r\n\r\n\r\n\r\nc\rd ', 'a b\n\nc\nd'],
    ['né 漢字 🎉', 'né 漢字 🎉'],
    ['12345 7890', '12345 7890'],
    ['123456 8901', '123456…'],
    ['123456789🎉', '123456789…'],
    ['12345678901', '123456789…'],
  ];
  for (const [text, plain] of cases) assert.equal(plainText(text, 10), plain.slice(0, 10));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(60), (text, most) => {
      const plain = plainText(text, most + 1);
      assert.ok(plain.length <= most + 1);
      assert.equal(plain.toWellFormed(), plain);
    }),
  );
});
