import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complete, FakeUpstream } from '../../../test/support/fake-upstream.ts';
import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import { firstIdAt, type UsageRecord, type UsageStore } from '../../metering/store.ts';
import type { Upstream } from '../../upstream/contract.ts';
import { usageRecord } from '../../../test/support/control-plane.ts';
import { TaskClosings } from './task-closing.ts';
import type { GatewayTasks } from './gateway-tasks.ts';
import { createTaskSweep } from './task-sweep.ts';

const A = tenantId('ten_a');
const STARTED_MS = 1_800_000_000_000;

/** A store over a list, and a sweep whose own node is `node`. */
function start(upstream: Upstream | undefined, running: readonly string[] = []) {
  const records: UsageRecord[] = [];
  const clock = { nowMs: STARTED_MS + 60_000 };
  const asked: string[] = [];
  const usage: Pick<UsageStore, 'tasks' | 'known'> = {
    tasks: (_, after, rowsMax) => {
      asked.push(after);
      const calls = records.filter(({ id, outcome }) => outcome === 'task' && id > after);
      return Promise.resolve(calls.slice(0, rowsMax));
    },
    known: (_, ids) =>
      Promise.resolve(new Set(records.map(({ id }) => id).filter((id) => ids.includes(id)))),
  };
  const usageLog = {
    append: (record: UsageRecord) => Promise.resolve(void records.push(record)),
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const live = { health: { state: 'ready' }, upstream } as unknown as ServiceRuntime;
  const sweep = createTaskSweep({
    usage,
    tenants: () => Promise.resolve([A]),
    service: () => (upstream === undefined ? undefined : live),
    tasks: { has: (id: string) => running.includes(id) } as unknown as GatewayTasks,
    closings: new TaskClosings({ usageLog, nodeId: 'node', log: silentLog }),
    nodeId: 'node',
    now: () => clock.nowMs,
  });
  const call = (number: number, task: string, change: Partial<UsageRecord> = {}): void => {
    const id = `${firstIdAt(STARTED_MS)}7${String(number).padStart(19, '0')}`;
    const times = { startedAtMs: STARTED_MS, endedAtMs: STARTED_MS + 500 };
    records.push(
      usageRecord(number, { id, chargeKey: id, outcome: 'task', task, ...times, ...change }),
    );
  };
  const closed = (): UsageRecord[] => records.filter(({ outcome }) => outcome !== 'task');
  return { sweep, call, closed, clock, asked, records };
}

const saying = (status: string): FakeUpstream =>
  new FakeUpstream({ 'tasks/get': ({ params }) => complete({ ...params, status }) });

describe('the sweep over calls that became tasks', () => {
  it('closes what its service says has ended, once', async () => {
    const upstream = saying('completed');
    const { sweep, call, closed } = start(upstream);
    call(1, 'upstream:job 1');
    await sweep();
    await sweep();
    assert.deepEqual(
      closed().map(({ outcome }) => outcome),
      ['ok'],
    );
    assert.deepEqual(upstream.requests[0]?.params, { taskId: 'job 1' });
    assert.equal(upstream.requests[0]?.caller.grantId, 'key_1');
    assert.equal(upstream.requests.length, 1, 'a closed task is not asked for again');
  });

  it('leaves open what works on, and what cannot be asked now', async () => {
    const working = start(saying('working'));
    working.call(1, 'upstream:a');
    const failing = new FakeUpstream({
      'tasks/get': () => {
        throw new GatewayError('upstream_unavailable');
      },
    });
    const away = start(failing);
    away.call(1, 'upstream:a');
    for (const { sweep, closed } of [working, away]) {
      await sweep();
      assert.equal(closed().length, 0);
    }
  });

  it('closes what its service has forgotten, and what is older than openTaskMs', async () => {
    const forgetful = new FakeUpstream({
      'tasks/get': () => {
        throw new RpcError(-32602, 'no such task');
      },
    });
    const forgotten = start(forgetful);
    forgotten.call(1, 'upstream:a');
    await forgotten.sweep();
    assert.equal(forgotten.closed()[0]?.outcome, 'upstream_lost');
    const old = start(undefined);
    old.call(1, 'upstream:a');
    old.clock.nowMs = STARTED_MS + limits.openTaskMs;
    await old.sweep();
    assert.equal(old.closed().length, 0);
    old.clock.nowMs += 1;
    await old.sweep();
    assert.equal(old.closed()[0]?.outcome, 'timeout');
  });

  it('closes tasks of an earlier life of this process, and leaves those that run', async () => {
    const { sweep, call, closed } = start(undefined, ['alive']);
    call(1, 'gateway:alive');
    call(2, 'gateway:dead');
    call(3, 'gateway:elsewhere', { nodeId: 'another' });
    await sweep();
    assert.deepEqual(
      closed().map(({ outcome, durationMs }) => [outcome, durationMs]),
      [['unknown_crash', 60_000]],
    );
  });

  it('reads openTasksPageMax at once, and begins behind what is closed', async () => {
    const { sweep, call, closed, asked, records } = start(undefined);
    const count = limits.openTasksPageMax + 1;
    for (let number = 1; number <= count; number++) call(number, `gateway:${number}`);
    await sweep();
    assert.equal(closed().length, count);
    assert.equal(asked.length, 2);
    await sweep();
    await sweep();
    assert.equal(asked.at(-1), records[count - 1]?.id);
    assert.ok(limits.openTaskLookMs < limits.openTaskMs);
  });
});
