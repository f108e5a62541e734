import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { stringMember, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { GrantOwner, TenantId } from '../../kernel/principal.ts';
import { pause } from '../../kernel/pause.ts';
import { callerOf } from '../../upstream/upstream.ts';
import type { GatewayTasks } from './gateway-tasks.ts';
import type { TaskReference } from '../task-reference.ts';
import type { TaskIds } from './task-ids.ts';

/** A task that a listen stream watches, under the id its client knows. */
export interface WatchedTask {
  readonly taskId: string;
  readonly task: TaskReference;
  readonly live: ServiceRuntime;
}

/** Whether results of a service's tool must not go out unseen. */
export type IsGuarded = (tenant: TenantId, slug: string, tool: string) => boolean;

/** Watches tasks for listen streams, those of the gateway and those of services. */
export class TaskWatches {
  readonly #ids: TaskIds;
  readonly #tasks: GatewayTasks;

  readonly #isGuarded: IsGuarded;

  constructor(ids: TaskIds, tasks: GatewayTasks, isGuarded: IsGuarded = () => false) {
    this.#isGuarded = isGuarded;
    this.#ids = ids;
    this.#tasks = tasks;
  }

  /** The tasks among these ids that are the caller's and lead to one of the services. */
  known(
    taskIds: readonly Json[],
    owner: GrantOwner,
    services: readonly ServiceRuntime[],
  ): readonly WatchedTask[] {
    return taskIds.flatMap((taskId) => {
      const task = this.#ids.unwrap(taskId, owner);
      const live = services.find(({ service }) => service.id === task?.serviceId);
      if (task === undefined || live === undefined || typeof taskId !== 'string') return [];
      if (task.keeper === 'gateway' && !this.#tasks.has(task.id)) return [];
      // An announcement may carry the result: its client has to ask for it.
      if (this.#isGuarded(owner.tenant, live.service.slug, task.call.tool)) return [];
      return [{ taskId, task, live }];
    });
  }

  /** Calls back with `DetailedTask` at every change; returns the end of it. */
  watch(
    watched: readonly WatchedTask[],
    owner: GrantOwner,
    changed: (task: JsonObject) => void,
  ): () => void {
    const cancellation = new Cancellation();
    const undo: (() => void)[] = [];
    const byService = new Map<ServiceRuntime, Map<string, string>>();
    for (const { taskId, task, live } of watched) {
      if (task.keeper === 'gateway') undo.push(this.#tasks.watch(task.id, taskId, changed));
      else {
        const ids = byService.get(live) ?? new Map<string, string>();
        byService.set(live, ids.set(task.id, taskId));
      }
    }
    for (const [live, ids] of byService) void follow(live, ids, owner, cancellation, changed);
    return () => {
      for (const one of undo) one();
      cancellation.cancel('cancelled');
    };
  }
}

/** Reads a service's stream until nobody listens any more; a broken one is opened again. */
async function follow(
  live: ServiceRuntime,
  ids: ReadonlyMap<string, string>,
  { tenant, grantId }: GrantOwner,
  cancellation: Cancellation,
  changed: (task: JsonObject) => void,
): Promise<void> {
  const filter = { taskIds: [...ids.keys()] };
  const caller = callerOf(tenant, grantId);
  const deadlineMs = Number.MAX_SAFE_INTEGER;
  const io = { cancellation, deadlineMs, notified: 0, notify: () => undefined };
  let pauseMs: number = limits.streamRetryMsMin;
  while (cancellation.reason === undefined) {
    try {
      for await (const { method, params } of live.upstream.listen(filter, caller, io)) {
        pauseMs = limits.streamRetryMsMin;
        const taskId = ids.get(stringMember(params, 'taskId') ?? '');
        if (method === 'notifications/tasks' && taskId !== undefined) {
          changed({ ...params, taskId });
        }
      }
    } catch {
      // Whoever watches a task may also ask for it; a service's failure shows there.
    }
    await pause(pauseMs * (0.75 + Math.random() / 2), cancellation);
    pauseMs = Math.min(limits.streamRetryMsMax, pauseMs * 2);
  }
}
