import { GatewayError, toRpcErrorObject } from '../../kernel/errors.ts';
import type { JsonBytes } from '../../kernel/json-bytes.ts';
import {
  isJsonObject,
  stringMember,
  withoutMembers,
  type Json,
  type JsonObject,
} from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { pause } from '../../kernel/pause.ts';
import type { InputRequiredOutcome, McpNotification, McpOutcome } from '../../mcp/message.ts';
import type { UsageOutcome } from '../../metering/usage-fields.ts';
import { failureOutcome } from '../ending.ts';
import type { DetachableIo } from './detachable-io.ts';

/** Sends the call's parameters to its service, the first time and with every round of input. */
export type Ask = (params: JsonObject, io: DetachableIo) => Promise<McpOutcome>;

/** The call that becomes a task. */
export interface TaskCall {
  readonly id: string;
  readonly serviceId: string;
  readonly params: JsonObject;
  readonly io: DetachableIo;
  readonly ask: Ask;
  readonly ttlMs: number;
}

/** What a task needs of whoever keeps it. */
export interface TaskKeeper {
  /** True when there is room for a result of this many bytes, which is then taken. */
  reserve(bytes: number): boolean;
  /** The task is other than before. */
  changed(task: GatewayTask): void;
}

type Status = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

interface Question {
  /** The key under which the service wants its answer. */
  readonly key: string;
  readonly request: JsonObject;
}

const STATUS_MESSAGE_LENGTH_MAX = 500;

/** A call that goes on after its exchange was answered with a task (SEP-2663). */
export class GatewayTask {
  readonly id: string;
  readonly serviceId: string;
  readonly #params: JsonObject;
  readonly #io: DetachableIo;
  readonly #ask: Ask;
  readonly #ttlMs: number;
  readonly #keeper: TaskKeeper;
  readonly #createdAtMs = Date.now();
  readonly #questions = new Map<string, Question>();
  #answers: Record<string, Json> = {};
  #requestState: string | undefined;
  #status: Status = 'working';
  #statusMessage: string | undefined;
  #updatedAtMs = this.#createdAtMs;
  #result: JsonBytes | undefined;
  #error: JsonObject | undefined;
  #outcome: UsageOutcome | undefined;
  #rounds = 0;

  constructor(call: TaskCall, keeper: TaskKeeper) {
    this.id = call.id;
    this.serviceId = call.serviceId;
    this.#params = withoutMembers(call.params, ['inputResponses', 'requestState']);
    this.#io = call.io;
    this.#ask = call.ask;
    this.#ttlMs = call.ttlMs;
    this.#keeper = keeper;
  }

  /** Takes over a call that runs already. */
  adopt(running: Promise<McpOutcome>): void {
    this.#io.detach((notification) => this.#noted(notification));
    void this.#follow(running);
  }

  /** The members of `Task`, without the id, as they are now. */
  get base(): JsonObject {
    return {
      status: this.#status,
      ...(this.#statusMessage === undefined ? {} : { statusMessage: this.#statusMessage }),
      createdAt: new Date(this.#createdAtMs).toISOString(),
      lastUpdatedAt: new Date(this.#updatedAtMs).toISOString(),
      ttlMs: this.#ttlMs,
      pollIntervalMs: limits.taskPollMs,
    };
  }

  /** `DetailedTask` without the id and without the result, which is `result`. */
  get details(): JsonObject {
    if (this.#error !== undefined) return { ...this.base, error: this.#error };
    if (this.#status !== 'input_required') return this.base;
    const open = [...this.#questions].map(([key, { request }]) => [key, request] as const);
    return { ...this.base, inputRequests: Object.fromEntries(open) };
  }

  /** Epoch milliseconds of the last change. */
  get updatedAtMs(): number {
    return this.#updatedAtMs;
  }

  /** How the call ended, or undefined while it goes on. */
  get outcome(): UsageOutcome | undefined {
    return this.#outcome;
  }

  /** What the call came to, once it is completed. */
  get result(): JsonBytes | undefined {
    return this.#result;
  }

  /** Takes answers to open questions; others are ignored. */
  update(responses: JsonObject): void {
    if (this.#status !== 'input_required') return;
    const before = this.#questions.size;
    for (const [key, response] of Object.entries(responses)) {
      const question = this.#questions.get(key);
      if (question === undefined || !isJsonObject(response)) continue;
      this.#questions.delete(key);
      this.#answers[question.key] = response;
    }
    if (this.#questions.size === before) return;
    if (this.#questions.size === 0) this.#goOn();
    else this.#enter('input_required');
  }

  /** Ends the call; does nothing when it has ended. */
  cancel(): void {
    if (this.#hasEnded) return;
    const waited = this.#status === 'input_required';
    this.#questions.clear();
    this.#outcome = 'cancelled';
    this.#enter('cancelled');
    this.#io.cancellation.cancel('cancelled');
    // A call that waits for input listens to nothing; it is picked up only to be given up.
    if (waited) this.#ask(this.#retry(), this.#io).catch(() => {});
  }

  get #hasEnded(): boolean {
    return this.#status !== 'working' && this.#status !== 'input_required';
  }

  async #follow(running: Promise<McpOutcome>): Promise<void> {
    try {
      const outcome = await running;
      if (this.#hasEnded) return;
      if (outcome.resultType === 'input_required') await this.#wait(outcome);
      else if (outcome.resultType === 'complete') this.#complete(outcome.result);
      else throw new GatewayError('upstream_failed', 'The service made a task of a task.');
    } catch (error) {
      if (this.#hasEnded) return;
      this.#error = toRpcErrorObject(error);
      this.#outcome = failureOutcome(error);
      this.#enter('failed');
    }
  }

  async #wait({ inputRequests = {}, requestState }: InputRequiredOutcome): Promise<void> {
    this.#rounds++;
    if (this.#rounds > limits.inputRoundsMax) {
      throw new GatewayError('upstream_failed', 'The service asked for input too often.');
    }
    this.#requestState = requestState;
    this.#answers = {};
    for (const [key, request] of Object.entries(inputRequests)) {
      // A key may not come twice in a task's life, although it may in two rounds of a call.
      this.#questions.set(`${this.#rounds}:${key}`, { key, request });
    }
    if (this.#questions.size > 0) {
      this.#enter('input_required');
      return;
    }
    await pause(limits.taskPollMs, this.#io.cancellation);
    if (!this.#hasEnded) this.#goOn();
  }

  #goOn(): void {
    this.#enter('working');
    void this.#follow(this.#ask(this.#retry(), this.#io));
  }

  #retry(): JsonObject {
    const inputResponses = this.#answers;
    const requestState = this.#requestState;
    return {
      ...this.#params,
      ...(Object.keys(inputResponses).length === 0 ? {} : { inputResponses }),
      ...(requestState === undefined ? {} : { requestState }),
    };
  }

  #complete(result: JsonBytes): void {
    if (!this.#keeper.reserve(result.bytes.length)) {
      throw new GatewayError('too_many', 'There is no room to keep the result of this task.');
    }
    this.#result = result;
    this.#outcome = result.member('isError') === true ? 'tool_error' : 'ok';
    this.#enter('completed');
  }

  #noted({ method, params }: McpNotification): void {
    const text = method === 'notifications/progress' ? stringMember(params, 'message') : undefined;
    if (text === undefined || this.#hasEnded) return;
    this.#statusMessage = text.slice(0, STATUS_MESSAGE_LENGTH_MAX);
    this.#enter(this.#status);
  }

  #enter(status: Status): void {
    this.#status = status;
    this.#updatedAtMs = Date.now();
    this.#keeper.changed(this);
  }
}
