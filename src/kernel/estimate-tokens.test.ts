import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateTokens } from './estimate-tokens.ts';

test('counts text by its length and other scripts by the character', () => {
  assert.equal(estimateTokens(''), 0);
  assert.equal(estimateTokens('a'.repeat(360)), 100);
  assert.equal(estimateTokens('日本語'), 3);
  assert.equal(estimateTokens(`${'a'.repeat(36)}日本`), 12);
});
