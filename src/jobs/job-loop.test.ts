import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import { silentLog } from '../kernel/log.ts';
import { JobLoop, type LoopOptions } from './job-loop.ts';

const options = (change: Partial<LoopOptions>): LoopOptions => ({
  name: 'test',
  everyMs: 5,
  runMs: 1_000,
  retryMs: { min: 5, max: 20 },
  run: () => Promise.resolve(),
  log: silentLog,
  ...change,
});

test('it runs again and again, one run at a time, until it is disposed', async () => {
  let [runs, running, most] = [0, 0, 0];
  const loop = new JobLoop(
    options({
      run: async () => {
        runs++;
        most = Math.max(most, ++running);
        await wait(3);
        running--;
      },
    }),
  );
  const waking = setInterval(() => loop.wake(), 1);
  await until(() => runs >= 10);
  clearInterval(waking);
  await loop[Symbol.asyncDispose]();
  const ended = runs;
  loop.wake();
  await wait(20);
  assert.equal(runs, ended);
  assert.equal(most, 1);
});

test('it starts at its time, and earlier when it is woken', async () => {
  const starts: number[] = [];
  const startMs = performance.now();
  const run = (): Promise<void> => {
    starts.push(performance.now() - startMs);
    return Promise.resolve();
  };
  const loop = new JobLoop(options({ everyMs: 60_000, firstAfterMs: 60_000, run }));
  await wait(20);
  assert.equal(starts.length, 0);
  loop.wake(30);
  loop.wake(40_000);
  await until(() => starts.length === 1);
  assert.ok((starts[0] ?? 0) >= 45, `${starts[0]} ms`);
  await loop[Symbol.asyncDispose]();
});

test('what only runs when woken runs once for many calls, once more for late ones', async () => {
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    runs++;
    if (runs === 1) await gate.promise;
  };
  const loop = new JobLoop(options({ repeats: false, run }));
  await wait(20);
  assert.equal(runs, 0);
  loop.wake();
  loop.wake();
  await until(() => runs === 1);
  loop.wake();
  loop.wake();
  gate.resolve();
  await until(() => runs === 2);
  await wait(20);
  assert.equal(runs, 2);
  await loop[Symbol.asyncDispose]();
});

test('failures are told ever more seldom, and the success after them once', async () => {
  let runs = 0;
  const said: unknown[] = [];
  const log = {
    ...silentLog,
    warn: (fields: { failures?: unknown }) => void said.push(fields.failures),
    info: () => void said.push('works'),
  };
  const run = (): Promise<void> =>
    ++runs <= 9 ? Promise.reject(new Error('broken')) : Promise.resolve();
  const retryMs = { min: 1, max: 1 };
  const loop = new JobLoop(options({ firstAfterMs: 0, everyMs: 1, retryMs, run, log }));
  await until(() => runs >= 15);
  await loop[Symbol.asyncDispose]();
  assert.deepEqual(said, [1, 2, 4, 8, 'works']);
});

test('after failures the pause grows to its end, whatever wakes it', async () => {
  const starts: number[] = [];
  const run = (): Promise<void> => {
    starts.push(performance.now());
    return Promise.reject(new Error('broken'));
  };
  const loop = new JobLoop(options({ firstAfterMs: 0, retryMs: { min: 10, max: 40 }, run }));
  const waking = setInterval(() => loop.wake(), 1);
  await until(() => starts.length >= 6);
  clearInterval(waking);
  await loop[Symbol.asyncDispose]();
  const pauses = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
  for (const [index, least] of [8, 16, 32, 32, 32].entries()) {
    assert.ok((pauses[index] ?? 0) >= least - 1, `pause ${index}: ${pauses[index]} ms`);
  }
});

test('a run that takes too long is told to stop and given up', async () => {
  const reasons: unknown[] = [];
  let runs = 0;
  const run = (signal: AbortSignal): Promise<void> => {
    runs++;
    signal.addEventListener('abort', () => reasons.push((signal.reason as Error).message));
    return new Promise(() => {});
  };
  const loop = new JobLoop(options({ firstAfterMs: 0, runMs: 10, run }));
  await until(() => runs >= 2);
  await loop[Symbol.asyncDispose]();
  assert.equal(reasons[0], 'It took too long.');
  assert.equal(reasons.at(-1), 'It was stopped.');
});
