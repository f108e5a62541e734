import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';

const PAGES = ['limits', 'webhooks'].map(
  (name) => new URL(`../../docs/operate/${name}.md`, import.meta.url),
);

test('the page of limits says what the code does', () => {
  const text = PAGES.map((page) => readFileSync(page, 'utf8')).join('\n');
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
  assert.ok(rows.length >= 20, `only ${rows.length} rows`);
  for (const [, name = '', value] of rows) {
    assert.equal(String(limits[name as keyof typeof limits]), value, name);
  }
});
