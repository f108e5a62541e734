import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isKeyText, keyPrefix, readKeyText, writeKeyText } from './key-text.ts';

const letters = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength, maxLength });
const hexadecimal = '0123456789abcdef';
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const keyTexts = fc.record({
  env: letters('abcdefghijklmnopqrstuvwxyz0123456789', 1, 16),
  digits: letters(hexadecimal, 32, 32),
  secret: letters(base62, 32, 64),
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(keyTexts, (parts) => {
      const text = writeKeyText(parts);
      assert.deepEqual(readKeyText(text), { ...parts });
      assert.ok(isKeyText(text));
      assert.ok(text.startsWith(keyPrefix(parts)));
      assert.ok(!keyPrefix(parts).includes(parts.secret));
    }),
  );
});

test('nothing else is a key', () => {
  const spoil = fc.constantFrom(
    (text: string) => `${text} `,
    (text: string) => `${text}\n`,
    (text: string) => text.toUpperCase(),
    (text: string) => text.replace('mgw_', 'mgv_'),
    (text: string) => text.replace('_', '-'),
    (text: string) => text.slice(0, -40),
    (text: string) => `${text}${'x'.repeat(64)}`,
  );
  fc.assert(
    fc.property(keyTexts, spoil, (parts, change) => {
      const text = change(writeKeyText({ ...parts, secret: parts.secret.slice(0, 40) }));
      assert.equal(readKeyText(text), undefined, text);
      assert.equal(isKeyText(text), false, text);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => assert.equal(readKeyText(text), undefined)));
});

test('a key of the first shape is one still', () => {
  assert.equal(isKeyText(`mgw_${'a'.repeat(32)}`), true);
  assert.equal(isKeyText(`mgw_${'a'.repeat(31)}`), false);
  assert.equal(readKeyText(`mgw_${'a'.repeat(32)}`), undefined);
});
