import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyticsCost, missedBars } from './analytics-cost.ts';
import { linesFrom } from './analytics-world.ts';
import { measureAnalytics } from './measure-analytics.ts';

test('every question is asked of a database that the drain filled', async () => {
  const figures = await measureAnalytics('sqlite', 500, { times: 2, drained: 100 });
  assert.equal(figures?.records, 500);
  assert.ok((figures?.questions.length ?? 0) >= 14);
  for (const { medianMs, worstMs } of figures?.questions ?? []) {
    assert.ok(medianMs > 0 && worstMs >= medianMs);
  }
  assert.ok((figures?.drainPerSecond ?? 0) > 0 && (figures?.fillPerSecond ?? 0) > 0);
});

test('the same records come in every run, each once', () => {
  const ids = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, 60));
  const once = linesFrom(0, 50, 100).toString();
  assert.equal(once, linesFrom(0, 50, 100).toString());
  assert.equal(new Set(ids(once + linesFrom(50, 50, 100).toString())).size, 100);
});

test('the bars are 200 ms a question and 10,000 records a second', () => {
  const question = { name: 'one', medianMs: 200, worstMs: 900 };
  const good = {
    engine: 'sqlite',
    records: 1,
    fillPerSecond: 1,
    drainPerSecond: 10_000,
    questions: [question],
  } as const;
  assert.deepEqual(missedBars(good), []);
  assert.equal(missedBars({ ...good, drainPerSecond: 9_999 }).length, 1);
  assert.equal(missedBars({ ...good, questions: [{ ...question, medianMs: 200.1 }] }).length, 1);
  assert.equal(
    missedBars({ ...good, questions: [{ ...question, medianMs: Number.NaN }] }).length,
    1,
  );
  assert.equal(missedBars({ ...good, questions: [] }).length, 1);
});

test('the command line of the measurement is strict', async () => {
  await assert.rejects(analyticsCost(['--fast']), /--fast/);
  await assert.rejects(analyticsCost(['--sqlite', 'many']), /not a number/);
  await assert.rejects(analyticsCost(['--quick', '--record']), /--record wants a full run/);
});
