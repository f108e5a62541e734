import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { heldNote } from './held-note.ts';

test('names chatToldHeldMax tools that are held back, and counts the others', () => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `a__${at}`);
  const max = limits.chatToldHeldMax;
  assert.equal(heldNote([]), undefined);
  assert.doesNotMatch(heldNote(names(max)) ?? '', /more/);
  assert.match(heldNote(names(max + 1)) ?? '', /"a__0".* and 1 more\.$/);
});
