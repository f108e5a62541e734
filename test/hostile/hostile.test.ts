import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CASES_RUN_MIN, groups } from './suite.ts';
import { TABLE_FILE, threatTable } from './table.ts';

const cases = groups.flatMap((group) => group.cases);

test('the table of threats is that of the suite', () => {
  const written = readFileSync(TABLE_FILE, 'utf8');
  assert.equal(written, threatTable(), 'write it anew: npm run hostile -- --table');
});

test('every case has a number, and says what must come of it or why it is not run', () => {
  assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length);
  for (const { id, title, expected, run, missing } of cases) {
    assert.match(id, /^[A-Z]\d+[a-z]?$/);
    assert.ok(title.length > 5, id);
    if (run === undefined) assert.ok((missing ?? '').length > 5, `${id} says no reason`);
    else assert.ok(expected.length > 2, `${id} expects nothing`);
  }
});

test('no case has got lost', () => {
  const run = cases.filter((one) => one.run !== undefined).length;
  assert.ok(run >= CASES_RUN_MIN, `${run} cases`);
  assert.ok(CASES_RUN_MIN >= 95);
});
