import { randomBytes } from 'node:crypto';
import { RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { GrantOwner } from '../../kernel/principal.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import type { Permitted, UpstreamTarget } from '../exchange.ts';
import { DetachableIo } from './detachable-io.ts';
import { GatewayTask, type Ask, type TaskKeeper } from './gateway-task.ts';
import { taskAccount } from './task-account.ts';
import type { TaskAccount, TaskClosings } from './task-closing.ts';
import { quantitiesOf } from '../usage-facts.ts';
import { taskOrigin, unknownTask, type TaskIds } from './task-ids.ts';
import { taskText, type TaskOutcome } from '../task-outcome.ts';

/** A tool call that may become a task. */
export interface SlowCall {
  readonly exchange: Permitted;
  readonly target: UpstreamTarget;
  /** As the service gets them. */
  readonly params: JsonObject;
  readonly ask: Ask;
}

interface Kept {
  readonly task: GatewayTask;
  readonly owner: GrantOwner;
  readonly account: TaskAccount;
  readonly listeners: Set<() => void>;
  bytes: number;
}

/**
 * Tasks that the gateway makes of slow calls to services that make none themselves. They live in
 * this process's memory, from their start for a fixed time.
 */
export class GatewayTasks implements TaskKeeper {
  readonly #ids: TaskIds;
  readonly #closings: TaskClosings;
  readonly #afterMs: number;
  readonly #ttlMs: number;
  readonly #kept = new Map<string, Kept>();
  readonly #perGrant = new Map<string, number>();
  #bytes = 0;

  /** Times are for tests; `limits` has the defaults. */
  constructor(
    ids: TaskIds,
    closings: TaskClosings,
    times: { readonly afterMs?: number; readonly ttlMs?: number } = {},
  ) {
    this.#ids = ids;
    this.#closings = closings;
    this.#afterMs = times.afterMs ?? limits.taskAfterMs;
    this.#ttlMs = times.ttlMs ?? limits.taskTtlMs;
  }

  /** Runs a call; one that is not over in time, and finds room, goes on as a task. */
  async run({ exchange, target, params, ask }: SlowCall): Promise<McpOutcome> {
    const owner = exchange.principal;
    const io = new DetachableIo(exchange.io);
    const running = ask(params, io);
    const isOver = await isOverWithin(running, this.#afterMs, io.hasBegun);
    if (isOver || !this.#hasRoom(owner)) {
      try {
        return await running;
      } finally {
        io.release();
      }
    }
    // A client that left meanwhile has cancelled the call, which is about to say so.
    if (io.cancellation.reason !== undefined) return await running;
    const id = randomBytes(16).toString('hex');
    const serviceId = target.live.service.id;
    const task = new GatewayTask({ id, serviceId, params, io, ask, ttlMs: this.#ttlMs }, this);
    const call = taskOrigin(exchange, target.name);
    this.#keep(task, owner, taskAccount(exchange, target.live, call));
    task.adopt(running);
    const taskId = this.#ids.wrap({ serviceId, keeper: 'gateway', id, call }, owner);
    const result = JsonBytes.fromValue({ resultType: 'task', taskId, ...task.base });
    return { resultType: 'extension', result, task: taskText('gateway', id) } as TaskOutcome;
  }

  /** Ends every task that runs, as one does that stops: what they came to is recorded. */
  endAll(): void {
    for (const { task } of this.#kept.values()) task.cancel();
  }

  /** Answers a method of the tasks extension. Throws RpcError -32602 for a task that is gone. */
  answer(method: string, id: string, params: JsonObject): McpOutcome {
    const { task } = this.#find(id);
    if (method === 'tasks/get') return { resultType: 'complete', result: shown(task, params) };
    if (method === 'tasks/cancel') task.cancel();
    else task.update(responsesIn(params));
    return { resultType: 'complete', result: JsonBytes.fromValue({}) };
  }

  /** Calls back at every change with `DetailedTask` under the given id; returns the undo. */
  watch(id: string, taskId: string, changed: (task: JsonObject) => void): () => void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return () => {};
    const listener = (): void => changed(shown(kept.task, { taskId }).value);
    kept.listeners.add(listener);
    return () => kept.listeners.delete(listener);
  }

  /** True while the task is kept. */
  has(id: string): boolean {
    return this.#kept.has(id);
  }

  reserve(bytes: number): boolean {
    if (this.#bytes + bytes > limits.taskBytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  changed(task: GatewayTask): void {
    const kept = this.#kept.get(task.id);
    if (kept === undefined) return;
    kept.bytes = task.result?.bytes.length ?? 0;
    for (const listener of kept.listeners) listener();
    const { outcome } = task;
    if (outcome === undefined) return;
    const quantities = task.result === undefined ? null : quantitiesOf(task.result);
    const end = { outcome, endedAtMs: task.updatedAtMs, bytesOut: kept.bytes, quantities };
    void this.#closings.close(kept.account, end);
  }

  #find(id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw unknownTask();
    return kept;
  }

  #hasRoom({ grantId }: GrantOwner): boolean {
    const count = this.#perGrant.get(grantId) ?? 0;
    return count < limits.tasksPerCredentialMax && this.#bytes < limits.taskBytesMax;
  }

  #keep(task: GatewayTask, owner: GrantOwner, account: TaskAccount): void {
    const timer = setTimeout(() => {
      task.cancel();
      this.#forget(task.id);
    }, this.#ttlMs);
    timer.unref();
    this.#kept.set(task.id, { task, owner, account, listeners: new Set(), bytes: 0 });
    const { grantId } = owner;
    this.#perGrant.set(grantId, (this.#perGrant.get(grantId) ?? 0) + 1);
  }

  #forget(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    this.#bytes -= kept.bytes;
    const { grantId } = kept.owner;
    const count = (this.#perGrant.get(grantId) ?? 1) - 1;
    if (count === 0) this.#perGrant.delete(grantId);
    else this.#perGrant.set(grantId, count);
  }
}

function shown(task: GatewayTask, { taskId }: JsonObject): JsonBytes {
  const details = JsonBytes.fromValue({ taskId: taskId ?? null, ...task.details });
  if (task.result === undefined) return details;
  return details.withMember('result', task.result.bytes.toString('utf8'));
}

function responsesIn(params: JsonObject): JsonObject {
  const responses = params['inputResponses'];
  if (isJsonObject(responses)) return responses;
  throw new RpcError(rpcCode.invalidParams, 'params.inputResponses must be an object.');
}

/** True when the call has ended, well or badly, before the time was over or a task began. */
function isOverWithin(
  running: Promise<unknown>,
  milliseconds: number,
  hasBegun: Promise<void>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const goesOn = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(goesOn, milliseconds);
    void hasBegun.then(goesOn);
    const over = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    running.then(over, over);
  });
}
