import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithBaseline, readBaseline, type KnownMiss } from './baseline.ts';
import { cellNames } from './cells.ts';
import { judge, NOT_EXERCISED } from './verdict.ts';

const failed = judge('a', true, [
  { id: 'one', status: 'SUCCESS' },
  { id: 'two', status: 'FAILURE', errorMessage: 'broken' },
]);
const passed = judge('a', true, [{ id: 'one', status: 'SUCCESS' }]);
const miss = (checks: KnownMiss['checks'], scenario = 'a'): KnownMiss => {
  return { scenario, checks, reason: 'known for a reason' };
};

test('a failure is a problem unless it is listed', () => {
  assert.deepEqual(compareWithBaseline([failed], []), ['a: two fails and is not listed']);
  assert.deepEqual(compareWithBaseline([failed], [miss(['two'])]), []);
  assert.deepEqual(compareWithBaseline([failed], [miss('any')]), []);
});

test('an entry that no longer fails, or was never run, is a problem', () => {
  assert.deepEqual(compareWithBaseline([passed], [miss(['two'])]), [
    'a: two is listed and does not fail',
  ]);
  assert.deepEqual(compareWithBaseline([passed], [miss('any')]), [
    'a: is listed and does not fail',
  ]);
  assert.deepEqual(compareWithBaseline([passed], [miss('any', 'b')]), [
    'b: is listed and was not run',
  ]);
});

test('a scenario that reported nothing, or skipped everything, has not passed', () => {
  assert.deepEqual(judge('a', true, undefined).failedChecks, [NOT_EXERCISED]);
  const skipped = judge('a', true, [
    { id: 'one', status: 'SKIPPED' },
    { id: 'wire-schema-valid', status: 'SUCCESS' },
  ]);
  assert.deepEqual(skipped.failedChecks, [NOT_EXERCISED]);
  assert.equal(skipped.passed, false);
  assert.equal(passed.passed, true);
});

test('every entry of the baseline belongs to a cell', async () => {
  const path = new URL('baseline.yaml', import.meta.url);
  assert.ok(Object.keys(await readBaseline(path, cellNames)).length > 0);
  await assert.rejects(readBaseline(path, ['other']), /names no cell/);
});
