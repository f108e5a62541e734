import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPii } from './find-pii.ts';
import type { PiiType } from '../guard-rule.ts';

const found = (text: string, types?: readonly PiiType[]): readonly string[] =>
  findPii(text, types).map(({ start, end, type }) => `${type} ${text.slice(start, end)}`);

test('personal data is found where its check digits are right', () => {
  for (const [text, expected] of [
    ['mail ada@example.com now', ['email ada@example.com']],
    ['call +44 20 7946 0958 now', ['phone +44 20 7946 0958']],
    ['card 4111-1111-1111-1111.', ['credit_card 4111-1111-1111-1111']],
    ['pay DE89 3704 0044 0532 0130 00 today', ['iban DE89 3704 0044 0532 0130 00']],
    ['bsn: 111222333', ['national_id 111222333']],
    ['pesel 44051401359', ['national_id 44051401359']],
    ['nhs 943 476 5919', ['national_id 943 476 5919']],
    ['cpf 529.982.247-25', ['national_id 529.982.247-25']],
  ] as const) {
    assert.deepEqual(found(text), expected, text);
  }
});

test('what only looks like it is left alone', () => {
  for (const text of [
    'card 4111-1111-1111-1112',
    'order 1234567812345670',
    'pay DE89 3704 0044 0532 0130 01 today',
    'bsn: 111222334',
    'number 111222333',
    'cpf 529.982.247-26',
    'version 1.2.3@next',
    'id 0190a1b2c3d4e5f60718293a4b5c6d7e',
  ]) {
    assert.deepEqual(found(text), [], text);
  }
});

test('only the wanted types are looked for', () => {
  assert.deepEqual(found('ada@example.com 4111111111111111', ['credit_card']), [
    'credit_card 4111111111111111',
  ]);
});
