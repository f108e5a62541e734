import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';

const PAGE = new URL('../../docs/operate/limits.md', import.meta.url);

test('the page of limits says what the code does', () => {
  const rows = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
  assert.ok(rows.length >= 20, `only ${rows.length} rows`);
  for (const [, name = '', value] of rows) {
    assert.equal(String(limits[name as keyof typeof limits]), value, name);
  }
});
