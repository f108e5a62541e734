import { cancelError, Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { isJsonObject, objectMember, stringMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { pause } from '../../kernel/pause.ts';
import { keptOutcome } from '../../mcp/kept-outcome.ts';
import type { ExchangeIo, InputRequiredOutcome, McpOutcome } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { checkInput } from '../check-input.ts';
import { StatusIo } from './status-io.ts';

/** A tool call of a client that takes no tasks, to a service that may make one of it. */
export interface AwaitedCall {
  readonly serviceId: string;
  /** The task whose question was answered; undefined for a call that begins. */
  readonly taskId: string | undefined;
  /** What the client can be asked. */
  readonly capabilities: JsonObject;
  readonly params: JsonObject;
  readonly io: ExchangeIo;
  /** Sends the call itself to the service. */
  start(io: ExchangeIo): Promise<McpOutcome>;
  /** Sends a method of the tasks extension to the service. */
  ask(method: string, params: JsonObject, io: ExchangeIo): Promise<McpOutcome>;
}

/** What a call came to; a question of a task has the task's id as its `requestState`. */
export interface AwaitedOutcome {
  readonly outcome: McpOutcome;
  readonly isOfTask: boolean;
}

/** A task that is waited for; between two rounds of input nobody waits for it. */
interface Awaited {
  readonly id: string;
  /** Keys that the client was asked under; a service may show them for a while longer. */
  readonly asked: Set<string>;
  /** Progress was reported up to this, with these words. */
  progress: number;
  message: string | undefined;
  /** Stops the watch over a task whose client has a question to answer. */
  release: () => void;
}

/** Failures of a service in a row that do not end the wait for its task. */
const FAILURES_MAX = 3;

/**
 * Follows tasks on behalf of clients that take none: the service is asked how the task is until it
 * has ended, its status is reported as progress, and its questions are put to the client as those
 * of any call (SEP-2663). A client that leaves or is late takes its task along.
 */
export class AwaitedTasks {
  /** By service and task: ids are the services' own. */
  readonly #waiting = new Map<string, Awaited>();

  /** Runs a call to its result or its next question. */
  async run(call: AwaitedCall): Promise<AwaitedOutcome> {
    if (call.taskId !== undefined) {
      return { outcome: await this.#resume(call, call.taskId), isOfTask: true };
    }
    const io = new StatusIo(call.io);
    const outcome = await call.start(io);
    if (outcome.resultType !== 'extension') return { outcome, isOfTask: false };
    const id = outcome.result.member('taskId');
    if (typeof id !== 'string') {
      throw new GatewayError('upstream_failed', 'The service made a task without an id.');
    }
    const task = newTask(id, io.progress);
    return { outcome: await this.#follow(call, task, outcome.result), isOfTask: true };
  }

  /** Hands the client's answers to the service and goes on waiting. */
  async #resume(call: AwaitedCall, id: string): Promise<McpOutcome> {
    const key = keyOf(call, id);
    const task = this.#waiting.get(key) ?? newTask(id, 0);
    this.#waiting.delete(key);
    task.release();
    const inputResponses = objectMember(call.params, 'inputResponses') ?? {};
    for (const key of Object.keys(inputResponses)) task.asked.add(key);
    return this.#follow(call, task, undefined, inputResponses);
  }

  /** Waits for the end of the task or its next question; whatever else happens cancels it. */
  async #follow(
    call: AwaitedCall,
    task: Awaited,
    first: JsonBytes | undefined,
    inputResponses?: JsonObject,
  ): Promise<McpOutcome> {
    try {
      if (inputResponses !== undefined) {
        await this.#send(call, 'tasks/update', { taskId: task.id, inputResponses });
      }
      return await this.#untilOver(call, task, first);
    } catch (error) {
      if (!(error instanceof TaskFailure)) this.#cancel(call, task.id);
      throw error instanceof TaskFailure ? error.shown : error;
    }
  }

  async #untilOver(
    call: AwaitedCall,
    task: Awaited,
    first: JsonBytes | undefined,
  ): Promise<McpOutcome> {
    const { cancellation } = call.io;
    let said = first ?? (await this.#look(call, task.id));
    for (;;) {
      const outcome = this.#judge(call, task, said);
      if (outcome !== undefined) return outcome;
      await pause(pollMs(said), cancellation);
      if (cancellation.reason !== undefined) throw cancelError(cancellation.reason);
      said = await this.#look(call, task.id);
    }
  }

  /** What the task has come to; undefined while it works or waits for what was answered already. */
  #judge(call: AwaitedCall, task: Awaited, said: JsonBytes): McpOutcome | undefined {
    switch (said.member('status')) {
      case 'working':
        this.#report(call, task, said);
        return undefined;
      case 'input_required':
        this.#report(call, task, said);
        return this.#ask(call, task, said);
      case 'completed':
        return { resultType: 'complete', result: resultOf(said) };
      case 'failed':
        throw new TaskFailure(errorOf(said.member('error')));
      case 'cancelled':
        throw new TaskFailure(new GatewayError('upstream_failed', 'The service gave the call up.'));
      default:
        throw new GatewayError('upstream_failed', 'The service speaks of its task in riddles.');
    }
  }

  /** Progress is what a client without tasks hears of a task's status. */
  #report({ io }: AwaitedCall, task: Awaited, said: JsonBytes): void {
    const message = said.member('statusMessage');
    if (typeof message !== 'string' || message === task.message) return;
    task.message = message;
    task.progress++;
    void io.notify({
      method: 'notifications/progress',
      params: { progress: task.progress, message },
    });
  }

  #ask(call: AwaitedCall, task: Awaited, said: JsonBytes): InputRequiredOutcome | undefined {
    const open = said.member('inputRequests');
    const fresh = Object.entries(isJsonObject(open) ? open : {}).filter(
      (entry): entry is [string, JsonObject] => !task.asked.has(entry[0]) && isJsonObject(entry[1]),
    );
    if (fresh.length === 0) return undefined;
    const inputRequests = Object.fromEntries(fresh);
    checkInput(inputRequests, call.capabilities);
    if (this.#waiting.size >= limits.parkedCallsPerUpstreamMax) {
      throw new GatewayError('too_many', 'Too many calls wait for input.');
    }
    this.#watch(call, task);
    return { resultType: 'input_required', inputRequests, requestState: task.id };
  }

  /** Cancels the task when its client leaves, or does not answer in time. */
  #watch(call: AwaitedCall, task: Awaited): void {
    const key = keyOf(call, task.id);
    const giveUp = (): void => {
      this.#waiting.delete(key);
      task.release();
      this.#cancel(call, task.id);
    };
    const timer = setTimeout(giveUp, limits.parkedCallMs);
    timer.unref();
    task.release = () => {
      clearTimeout(timer);
      undo();
    };
    this.#waiting.set(key, task);
    const undo = call.io.cancellation.onCancel(giveUp);
  }

  async #look(call: AwaitedCall, taskId: string): Promise<JsonBytes> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#send(call, 'tasks/get', { taskId });
      } catch (error) {
        const { reason } = call.io.cancellation;
        const mayPass = error instanceof GatewayError && reason === undefined;
        if (!mayPass || failures === FAILURES_MAX) throw error;
        await pause(limits.taskPollMs, call.io.cancellation);
      }
    }
  }

  async #send(call: AwaitedCall, method: string, params: JsonObject): Promise<JsonBytes> {
    const { cancellation, deadlineMs } = call.io;
    const io = { cancellation, deadlineMs, notified: 0, notify: () => undefined };
    const outcome = keptOutcome(await call.ask(method, params, io));
    if (outcome.resultType === 'complete') return outcome.result;
    throw new GatewayError('upstream_failed', 'The service answered with another result.');
  }

  /** Tells the service that nobody waits any more; whether it listens is its own affair. */
  #cancel(call: AwaitedCall, taskId: string): void {
    const cancellation = new Cancellation();
    const timer = setTimeout(() => cancellation.cancel('deadline'), limits.sessionChoreMs);
    timer.unref();
    const deadlineMs = Date.now() + limits.sessionChoreMs;
    const io = { cancellation, deadlineMs, notified: 0, notify: () => undefined };
    call
      .ask('tasks/cancel', { taskId }, io)
      .catch(() => {})
      .finally(() => clearTimeout(timer));
  }
}

/** The task has ended, without a result: nothing is left to cancel. */
class TaskFailure extends Error {
  readonly shown: Error;

  constructor(shown: Error) {
    super(shown.message);
    this.name = 'TaskFailure';
    this.shown = shown;
  }
}

const keyOf = ({ serviceId }: AwaitedCall, taskId: string): string => `${serviceId}\n${taskId}`;

function newTask(id: string, progress: number): Awaited {
  return { id, asked: new Set(), progress, message: undefined, release: () => {} };
}

/** When to ask again: as the service wishes, within reason. */
function pollMs(said: JsonBytes): number {
  const wished = said.member('pollIntervalMs');
  const askedMs = typeof wished === 'number' && wished >= 0 ? wished : limits.taskPollMs;
  return Math.min(Math.max(askedMs, limits.taskPollMsMin), limits.taskPollMsMax);
}

function resultOf(said: JsonBytes): JsonBytes {
  const bytes = said.memberBytes('result');
  if (bytes?.[0] === OPEN_BRACE) return JsonBytes.fromBytes(bytes);
  throw new GatewayError('upstream_failed', 'The service completed its task without a result.');
}

const OPEN_BRACE = 0x7b;

function errorOf(error: unknown): RpcError {
  const said = isJsonObject(error) ? error : {};
  const { code, data } = said;
  const known = Number.isSafeInteger(code) ? (code as number) : rpcCode.internalError;
  return new RpcError(known, stringMember(said, 'message') ?? 'error', data);
}
