import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { Seal } from '../../kernel/seal.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import type { Permitted, UpstreamTarget } from '../exchange.ts';
import type { Ask } from './gateway-task.ts';
import { GatewayTasks } from './gateway-tasks.ts';
import { TaskClosings } from './task-closing.ts';
import { TaskIds } from './task-ids.ts';

const ids = new TaskIds(new Seal([{ id: 'k1', secret: Buffer.alloc(32, 7) }], 'task id'));
const owner = testPrincipal({ grant: 'key_a' });
const live = { service: { id: 'svc_1' } } as unknown as ServiceRuntime;
const target: UpstreamTarget = { kind: 'upstream', live, params: {}, name: 'slow' };
const done: McpOutcome = { resultType: 'complete', result: JsonBytes.fromValue({ content: [] }) };

function closings(records: UsageRecord[] = []): TaskClosings {
  const usageLog = {
    append: (record: UsageRecord) => Promise.resolve(void records.push(record)),
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return new TaskClosings({ usageLog, nodeId: 'node', log: silentLog });
}

const run = (tasks: GatewayTasks, ask: Ask, by = owner): Promise<McpOutcome> => {
  const deadlineMs = Number.MAX_SAFE_INTEGER;
  const io = { cancellation: new Cancellation(), deadlineMs, notified: 0, notify: () => undefined };
  const request = { client: { era: 'modern' } };
  const call = { principal: by, io, request, sessionId: null, workId: 'use_1', startedAtMs: 1 };
  return tasks.run({ exchange: call as unknown as Permitted, target, params: {}, ask });
};
const idOf = (outcome: McpOutcome): string => {
  assert.equal(outcome.resultType, 'extension');
  const taskId = (outcome as { result: JsonBytes }).result.member('taskId') as string;
  return ids.unwrap(taskId, owner)?.id ?? assert.fail();
};
const read = (tasks: GatewayTasks, id: string): JsonObject => {
  const outcome = tasks.answer('tasks/get', id, { taskId: 'x' });
  return (outcome as { result: JsonBytes }).result.value;
};

describe('tasks of the gateway', () => {
  it('are made of calls that take longer than others', async () => {
    const tasks = new GatewayTasks(ids, closings());
    const after = (delayMs: number): Ask => {
      return async () => {
        await sleep(delayMs);
        return done;
      };
    };
    const [quick, slow] = await Promise.all([
      run(tasks, after(limits.taskAfterMs / 4)),
      run(tasks, after(limits.taskAfterMs * 1.5)),
    ]);
    assert.equal(quick, done);
    const { ttlMs, pollIntervalMs } = read(tasks, idOf(slow));
    assert.deepEqual([ttlMs, pollIntervalMs], [limits.taskTtlMs, limits.taskPollMs]);
    await sleep(limits.taskAfterMs / 1.5);
    assert.equal(read(tasks, idOf(slow))['status'], 'completed');
  });

  it('are so many for one credential; further calls are waited for', async () => {
    const tasks = new GatewayTasks(ids, closings(), { afterMs: 1 });
    let finish = (): void => {};
    const finished = new Promise<McpOutcome>((resolve) => (finish = () => resolve(done)));
    const ask: Ask = () => finished;
    const calls = Array.from({ length: limits.tasksPerCredentialMax }, () => run(tasks, ask));
    for (const outcome of await Promise.all(calls)) assert.equal(outcome.resultType, 'extension');
    const further = run(tasks, ask);
    const other = await run(tasks, ask, { ...owner, grantId: 'key_b' });
    assert.equal(other.resultType, 'extension');
    finish();
    assert.equal(await further, done);
  });

  it('keep results in so many bytes, and fail when there is no room for one', async () => {
    const tasks = new GatewayTasks(ids, closings(), { afterMs: 1 });
    let finish = (): void => {};
    const id = idOf(
      await run(tasks, () => new Promise((resolve) => (finish = () => resolve(done)))),
    );
    assert.equal(tasks.reserve(limits.taskBytesMax + 1), false);
    assert.equal(tasks.reserve(limits.taskBytesMax), true);
    assert.equal(tasks.reserve(1), false);
    finish();
    await sleep(1);
    const { status, error } = read(tasks, id);
    assert.deepEqual([status, (error as JsonObject)['code']], ['failed', 4290]);
  });

  it('are forgotten when their time is over, and what runs is cancelled', async () => {
    const tasks = new GatewayTasks(ids, closings(), { afterMs: 1, ttlMs: 30 });
    let reason: string | undefined;
    const outcome = await run(tasks, (_, io) => {
      io.cancellation.onCancel((why) => (reason = why));
      return new Promise(() => {});
    });
    const id = idOf(outcome);
    assert.equal(read(tasks, id)['status'], 'working');
    // The timer keeps no process alive, so the test has to.
    await sleep(80);
    assert.equal(reason, 'cancelled');
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      assert.throws(() => tasks.answer(method, id, { inputResponses: {} }), { rpcCode: -32602 });
    }
  });

  it('give up a call that waits for input when they are cancelled', async () => {
    const tasks = new GatewayTasks(ids, closings(), { afterMs: 1 });
    const asked: JsonObject[] = [];
    const id = idOf(
      await run(tasks, async (params, io) => {
        asked.push(params);
        if (io.cancellation.reason !== undefined) throw new Error('cancelled');
        await sleep(5);
        const inputRequests = { a: { method: 'roots/list' } };
        return { resultType: 'input_required', inputRequests, requestState: 'parked' };
      }),
    );
    await sleep(20);
    assert.equal(read(tasks, id)['status'], 'input_required');
    tasks.answer('tasks/cancel', id, {});
    assert.equal(read(tasks, id)['status'], 'cancelled');
    assert.deepEqual(asked, [{}, { requestState: 'parked' }]);
  });
});
