import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { RpcError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { keptOutcome } from '../../mcp/kept-outcome.ts';
import type { ClientProfile } from '../../mcp/message.ts';
import { implementation, MODERN_VERSION } from '../../mcp/protocol.ts';
import { takesTasks } from '../../mcp/tasks-extension.ts';
import { firstIdAt, type UsageRecord, type UsageStore } from '../../metering/store.ts';
import { callerOf } from '../../upstream/upstream.ts';
import type { GatewayTasks } from './gateway-tasks.ts';
import { closingId, endOfTask, type TaskClosings, type TaskEnd } from './task-closing.ts';
import { readTaskText } from '../task-outcome.ts';

/** What closing the accounts of tasks takes. */
export interface OpenTasksContext {
  readonly usage: Pick<UsageStore, 'tasks' | 'known'>;
  tenants(): Promise<readonly TenantId[]>;
  /** The service as it runs here, or undefined when it does not. */
  service(tenant: TenantId, id: string): ServiceRuntime | undefined;
  readonly tasks: GatewayTasks;
  readonly closings: TaskClosings;
  readonly nodeId: string;
  readonly now: () => number;
}

const watcher: ClientProfile = {
  era: 'modern',
  protocolVersion: MODERN_VERSION,
  info: implementation,
  capabilities: { ...takesTasks },
};

/**
 * Makes the look at calls that became tasks and have no closing record: their client asks no more,
 * or their process is gone. Services are asked how theirs are; what cannot end any more is closed
 * as lost.
 */
export function createTaskSweep(context: OpenTasksContext): () => Promise<void> {
  /** Up to here every task of the tenant has its closing record. */
  const closedUpTo = new Map<TenantId, string>();
  return async () => {
    for (const tenant of await context.tenants()) {
      closedUpTo.set(tenant, await sweep(context, tenant, closedUpTo.get(tenant)));
    }
  };
}

/** Looks at the tasks after a record's id; returns the id up to which none is open. */
async function sweep(
  context: OpenTasksContext,
  tenant: TenantId,
  from: string | undefined,
): Promise<string> {
  const nowMs = context.now();
  const first = from ?? firstIdAt(nowMs - 2 * limits.openTaskMs);
  let closed = first;
  let after = first;
  let isOpen = false;
  for (;;) {
    const calls = await context.usage.tasks(tenant, after, limits.openTasksPageMax);
    const ids = calls.map(({ chargeKey, startedAtMs }) => closingId(chargeKey, startedAtMs));
    const known = await context.usage.known(tenant, ids);
    for (const [index, call] of calls.entries()) {
      if (!known.has(ids[index] ?? '')) {
        isOpen = true;
        const end = await endOf(context, tenant, call, nowMs);
        if (end !== undefined)
          await context.closings.close({ ...call, workId: call.chargeKey }, end);
      }
      // What was closed just now is seen in the store by a later look.
      if (!isOpen) closed = call.id;
      after = call.id;
    }
    if (calls.length < limits.openTasksPageMax) return closed;
  }
}

/** How the task of a call ended; undefined while it may go on. */
async function endOf(
  context: OpenTasksContext,
  tenant: TenantId,
  call: UsageRecord,
  nowMs: number,
): Promise<TaskEnd | undefined> {
  const { keeper, id } = readTaskText(call.task ?? '');
  const isOld = nowMs - call.startedAtMs > limits.openTaskMs;
  const lost = (outcome: TaskEnd['outcome']): TaskEnd => {
    return { outcome, endedAtMs: nowMs, bytesOut: 0, quantities: null };
  };
  if (keeper === 'upstream') {
    const end = await endUpstream(context, tenant, call, id);
    return end === undefined && isOld ? lost('timeout') : end;
  }
  if (context.tasks.has(id)) return undefined;
  // A task lives in one process: an earlier life of this one has taken its own along.
  const isDead = call.nodeId === context.nodeId || nowMs - call.startedAtMs > 2 * limits.taskTtlMs;
  return isDead ? lost('unknown_crash') : undefined;
}

async function endUpstream(
  context: OpenTasksContext,
  tenant: TenantId,
  call: UsageRecord,
  taskId: string,
): Promise<TaskEnd | undefined> {
  const live = context.service(tenant, call.serviceId ?? '');
  if (live?.health.state !== 'ready') return undefined;
  const request = {
    method: 'tasks/get',
    params: { taskId },
    client: watcher,
    caller: callerOf(tenant, call.grantId ?? call.credentialId),
    wantsProgress: false,
  };
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.cancel('deadline'), limits.sessionChoreMs);
  const deadlineMs = Date.now() + limits.sessionChoreMs;
  const io = { cancellation, deadlineMs, notified: 0, notify: () => undefined };
  try {
    const outcome = keptOutcome(await live.upstream.request(request, io));
    if (outcome.resultType !== 'complete') return undefined;
    return endOfTask(outcome.result, call.startedAtMs);
  } catch (error) {
    // A service that knows nothing of a task any more will never say how it ended.
    if (!(error instanceof RpcError)) return undefined;
    return { outcome: 'upstream_lost', endedAtMs: context.now(), bytesOut: 0, quantities: null };
  } finally {
    clearTimeout(timer);
  }
}
