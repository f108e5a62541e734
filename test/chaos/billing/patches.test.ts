import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { failpoints } from './failpoints.ts';
import { patchText } from './patched-source.ts';
import { forgetful, plantedBugs } from './planted-bugs.ts';

const sources = new URL('../../../src/', import.meta.url);

// The whole of it runs for minutes; that a patch lost its place is to be seen at once.
test('every failpoint and every planted bug still finds its place in the sources', () => {
  const places = [...Object.values(failpoints), ...Object.values(plantedBugs)];
  assert.ok(places.length >= 11, `only ${places.length} places`);
  for (const patches of places) {
    const files = new Map<string, string>();
    for (const patch of [forgetful, ...patches]) {
      const { file } = patch;
      const before = files.get(file) ?? readFileSync(new URL(file, sources), 'utf8');
      files.set(file, patchText(before, patch));
    }
  }
});
