import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { memoryLeaseStore } from '../../test/support/memory-lease-store.ts';
import { until } from '../../test/support/until.ts';
import type { Fence } from '../kernel/fence.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog as log } from '../kernel/log.ts';
import { JobRunner } from './job-runner.ts';
import { LeaseHolder } from './lease-holder.ts';

/** So long that a machine which stands still for a moment loses nobody its lease. */
const times = { lifeMs: 400, renewMs: 20 };

function world() {
  const { store, rows, state } = memoryLeaseStore();
  const runs: { node: string; fence: Fence; atMs: number }[] = [];
  const compete = (node: string, leases = store, everyMs = 10): LeaseHolder =>
    new LeaseHolder({
      store: leases,
      nodeId: node,
      log,
      ...times,
      job: {
        name: 'sweep',
        everyMs,
        runMs: 1_000,
        run: (fence) => {
          runs.push({ node, fence, atMs: performance.now() });
          return Promise.resolve();
        },
      },
    });
  return { store, rows, state, runs, compete };
}

test('one of many instances runs a job, and another as soon as it stops in order', async () => {
  const { rows, runs, compete } = world();
  const one = compete('one');
  await until(() => runs.length > 0);
  const other = compete('other');
  await until(() => runs.length > 10);
  await wait(times.lifeMs * 2);
  assert.deepEqual([...new Set(runs.map(({ node }) => node))], ['one']);
  assert.equal(rows.get('sweep')?.ranBy, 'one');
  const before = runs.length;
  await one[Symbol.asyncDispose]();
  await until(() => runs.length > before + 2);
  const later = runs.slice(before);
  assert.ok(later.every(({ node }) => node === 'other'));
  assert.ok(later.every(({ fence }) => fence.number > (runs[0]?.fence.number ?? 9)));
  await other[Symbol.asyncDispose]();
});

test('a holder that dies is followed once its lease is over, by one who waits', async () => {
  const { store, runs, compete } = world();
  await store.acquire('sweep', 'dead', times.lifeMs);
  const startMs = performance.now();
  const both = [compete('one'), compete('other')];
  await until(() => runs.length > 5);
  assert.ok((runs[0]?.atMs ?? 0) - startMs >= times.lifeMs - 5);
  assert.equal(new Set(runs.map(({ node }) => node)).size, 1);
  for (const one of both) await one[Symbol.asyncDispose]();
});

test('a holder that starts again after a kill goes on at once', async () => {
  const { store, rows, runs, compete } = world();
  await store.acquire('sweep', 'one', 60_000);
  const other = compete('other');
  const one = compete('one');
  await until(() => runs.length > 2);
  assert.deepEqual([...new Set(runs.map(({ node }) => node))], ['one']);
  assert.ok((rows.get('sweep')?.number ?? 0) > 1);
  for (const holder of [other, one]) await holder[Symbol.asyncDispose]();
});

test('only at its start: two of one name do not take a job in turns', async () => {
  const { store, compete } = world();
  await store.acquire('sweep', 'other', 60_000);
  const asked: (boolean | undefined)[] = [];
  const holder = compete('one', {
    ...store,
    acquire: (job, node, lifeMs, isStart) => {
      asked.push(isStart);
      return store.acquire(job, node, lifeMs, isStart);
    },
  });
  await until(() => asked.length > 2);
  await holder[Symbol.asyncDispose]();
  assert.deepEqual(asked.slice(0, 3), [true, false, false]);
});

test('a holder that cannot reach the database stops before another may begin', async () => {
  const { store, state, runs, compete } = world();
  const cut = compete('cut');
  await until(() => runs.length > 0);
  state.failing = true;
  await wait(times.lifeMs + times.renewMs);
  const before = runs.length;
  await wait(times.lifeMs);
  assert.equal(runs.length, before, 'nothing runs without a lease');
  state.failing = false;
  assert.notEqual(await store.acquire('sweep', 'other', times.lifeMs), undefined);
  await cut[Symbol.asyncDispose]();
});

test('a holder whose lease was taken is told, and ends its work', async () => {
  const { rows, runs, compete } = world();
  const one = compete('one');
  await until(() => runs.length > 0);
  const row = rows.get('sweep');
  assert.ok(row !== undefined);
  rows.set('sweep', { ...row, holder: 'other', number: row.number + 1, expiresAtMs: Infinity });
  await wait(times.renewMs * 3);
  const before = runs.length;
  await wait(times.renewMs * 3);
  assert.equal(runs.length, before);
  await one[Symbol.asyncDispose]();
  assert.equal(rows.get('sweep')?.expiresAtMs, Infinity, 'it gives back only what is its own');
});

test('a new holder waits until the job is due, whoever ran it last', async () => {
  const { store, runs, compete } = world();
  const lease = await store.acquire('sweep', 'before', 1_000);
  assert.ok(lease !== undefined);
  await store.ran(lease);
  await store.release(lease);
  const startMs = performance.now();
  const one = compete('one', store, 150);
  await until(() => runs.length > 0);
  assert.ok((runs[0]?.atMs ?? 0) - startMs > 100);
  await one[Symbol.asyncDispose]();
});

test('a runner starts both kinds and stops them, within the promised time', async () => {
  const worst = limits.leaseLifeMs + limits.leaseRenewMs * 1.2;
  assert.ok(worst < 15_000, 'a killed holder is followed within 15 s');
  assert.ok(limits.jobRetryMsMin < limits.jobRetryMsMax);
  assert.ok(limits.managedSessionDeleteMs < worst);
  assert.ok(limits.managedSessionSweepMs < limits.jobRunMs);
  assert.ok(limits.leaseAloneRenewMs * 2 < limits.leaseAloneLifeMs);
  const { store, rows } = memoryLeaseStore();
  const runner = new JobRunner({ leases: store, nodeId: 'one', isShared: true, log });
  let [local, leased] = [0, 0];
  const timing = { everyMs: 5, runMs: 1_000 };
  const count = (): Promise<void> => Promise.resolve(void local++);
  runner.startLocal({ name: 'local', ...timing, run: count });
  let repeated = 0;
  const once = runner.repeat({ name: 'r', ...timing, run: () => Promise.resolve(void repeated++) });
  runner.startLeased({ name: 'leased', ...timing, run: () => Promise.resolve(void leased++) });
  await until(() => local > 3 && leased > 3 && repeated > 3);
  once[Symbol.dispose]();
  const seen = repeated;
  await wait(20);
  assert.equal(repeated, seen);
  await runner[Symbol.asyncDispose]();
  const before = [local, leased];
  await wait(20);
  assert.deepEqual([local, leased], before);
  assert.ok((rows.get('leased')?.expiresAtMs ?? Infinity) <= Date.now(), 'it was given back');
});
