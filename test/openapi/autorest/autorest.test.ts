import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkAnswer } from './check-answer.ts';
import { runSuites } from './run-suites.ts';
import { suites } from './suites.ts';
import { percentOf, summarize } from './summarize.ts';

const SUITES_MIN = 33;
const SCENARIOS_MIN = 560;
const CALLS_MIN = 580;
const PERCENT_MIN = 95;

describe('a server that checks what arrives, called through a gateway', () => {
  test('counts its scenarios as reached and answers as expected', async () => {
    const outcomes = await runSuites(suites);
    const { total, newMisses, staleMisses, uncalled, wrong } = summarize(outcomes);
    assert.ok(outcomes.length >= SUITES_MIN, `only ${outcomes.length} documents`);
    assert.ok(total.of >= SCENARIOS_MIN, `only ${total.of} scenarios`);
    const calls = outcomes.reduce((sum, outcome) => sum + outcome.calls, 0);
    assert.ok(calls >= CALLS_MIN, `only ${calls} calls`);
    assert.deepEqual(wrong, []);
    assert.deepEqual(uncalled, [], 'every operation is called');
    assert.deepEqual(newMisses, [], 'every miss is explained in known-misses.ts');
    assert.deepEqual(staleMisses, [], 'known-misses.ts names only what is missed');
    assert.ok(percentOf(total) >= PERCENT_MIN, `${total.reached} of ${total.of}`);
  });

  test('a wrong answer is seen', () => {
    const content = [{ type: 'text', text: '[1]' }];
    const right = { content, structuredContent: [1] };
    assert.equal(checkAnswer({ kind: 'json', value: [1] }, right), undefined);
    for (const result of [
      { content, structuredContent: [2] },
      { content: [{ type: 'text', text: '[2]' }], structuredContent: [1] },
      { ...right, isError: true },
    ]) {
      assert.match(String(checkAnswer({ kind: 'json', value: [1] }, result)), /^expected json/);
    }
    assert.ok(checkAnswer({ kind: 'nothing' }, right) !== undefined);
    assert.ok(checkAnswer({ kind: 'refused', says: /1/ }, right) !== undefined);
    assert.ok(checkAnswer({ kind: 'failed', status: 400 }, right) !== undefined);
  });

  test('what is missed and not known, or known and reached, is named', () => {
    const outcome = {
      document: 'd',
      scenarios: ['a', 'b'],
      reached: ['a'],
      operations: 2,
      uncalled: ['o'],
      calls: 1,
      wrong: [],
    };
    const { rows, total, newMisses, uncalled } = summarize([
      outcome,
      { ...outcome, document: 'e' },
    ]);
    assert.deepEqual(newMisses, ['d b', 'e b']);
    assert.deepEqual(uncalled, ['d o', 'e o']);
    assert.deepEqual([rows.length, total.reached, total.of, percentOf(total)], [2, 2, 4, 50]);
  });
});
