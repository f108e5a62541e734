import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownName } from './shown-name.ts';

test('a long name is cut where it is said again, and stays text', () => {
  assert.equal(shownName('a'.repeat(128)), 'a'.repeat(128));
  assert.equal(shownName('a'.repeat(129)), `${'a'.repeat(128)}…`);
  assert.ok(shownName(`${'a'.repeat(127)}😀😀`).isWellFormed());
});
