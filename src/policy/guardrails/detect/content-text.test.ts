import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertThat, jsonValue, property } from 'fast-check';
import type { Json } from '../../../kernel/json.ts';
import { contentText, redactContent } from './content-text.ts';

const redact = (value: Json, ...words: readonly string[]): Json => {
  const seen = contentText(value);
  const findings = words.map((word) => {
    const start = seen.text.indexOf(word);
    return { start, end: start + word.length, type: 'x' };
  });
  return redactContent(value, seen, findings);
};

test('what was found is replaced wherever it stands: in texts, names and long numbers', () => {
  const value = { 'a-secret': ['the secret word', { n: 4111111111111111, few: 12 }] };
  const after = { 'a-[redacted:x]': ['the secret word', { n: '[redacted:x]', few: 12 }] };
  assert.deepEqual(redact(value, 'secret', '4111111111111111'), after);
  assert.equal(redact('one two three', 'two three', 'three'), 'one [redacted:x]');
  assert.equal(redact('one two three', 'one two', 'two three'), '[redacted:x]');
});

test('a value in which nothing was found stays as it is', () => {
  assertThat(
    property(jsonValue(), (value) => {
      const given = JSON.parse(JSON.stringify(value)) as Json;
      assert.deepEqual(redactContent(given, contentText(given), []), given);
    }),
  );
});

test('long base64 is no text', () => {
  assert.equal(contentText({ blob: 'A'.repeat(2_000) }).text.includes('AAA'), false);
});
