import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, withoutMembers, type JsonObject } from '../../../kernel/json.ts';
import { JsonBytes } from '../../../kernel/json-bytes.ts';
import { limits } from '../../../kernel/limits.ts';
import { cancelError } from '../../../kernel/cancellation.ts';
import { isLogWanted } from '../../log-level.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../message.ts';
import { inputMethods } from '../../protocol.ts';
import type { InputQuestion } from './input-question.ts';
import { toInputRequest } from './input-question.ts';
import type { ResponseHandler } from './legacy-peer.ts';
import { legacyOutcome } from './legacy-result.ts';
import { createdTaskId, withoutRelatedTask } from './legacy-tasks.ts';

/** What a call asks of the session it runs on. */
export interface CallHost {
  /** Sends the client's response to a question of the server. */
  answer(question: InputQuestion, response: JsonObject): void;
  /** Tells the server that nobody will answer. */
  refuse(question: InputQuestion): void;
  /** The call goes on as a task of this id: its result is to be asked for. */
  continued(call: LegacyCall, taskId: string): void;
  /** True when the result of the task, which got lost on its way, is asked for once more. */
  askedAgain(call: LegacyCall, error: unknown): boolean;
  /** Tells the server that nobody waits for the call any more. */
  cancel(call: LegacyCall, reason: string): void;
  /** Keeps the call for a retry and returns the state that finds it. Throws `too_many`. */
  park(call: LegacyCall): string;
  /** The client came back with its input. */
  resumed(call: LegacyCall): void;
  /** The server has answered, or never will. */
  ended(call: LegacyCall): void;
  /** Turns the server's error into an outcome, or throws the error to show. */
  failed(call: LegacyCall, error: unknown): McpOutcome;
}

/** What is asked of the server, for whom. */
export interface CallRequest {
  readonly method: string;
  readonly params: JsonObject;
  /** Whose call it is; two callers never have the same key. */
  readonly callerKey: string;
  readonly wantsProgress: boolean;
  readonly logLevel: string | undefined;
  /** True when the server is asked to make a task of it. */
  readonly asTask: boolean;
}

type Waiter = {
  readonly io: ExchangeIo;
  readonly resolve: (outcome: McpOutcome) => void;
  readonly reject: (error: unknown) => void;
  undo: () => void;
};

/** How the call ended: an outcome, or an error to throw. */
type End = { readonly outcome: McpOutcome } | { readonly error: unknown };

/**
 * One request at a legacy server, over one or more exchanges with the client: each ends with the
 * result, or with questions of the server whose answers the next exchange brings.
 */
export class LegacyCall implements ResponseHandler {
  readonly id: number;
  /** The server's name of the task that the call became. */
  taskId: string | undefined;
  /** The open request for the task's result, when it was sent, and how many failed before it. */
  resultId = 0;
  askedAtMs = 0;
  failures = 0;
  readonly request: CallRequest;
  readonly #host: CallHost;
  readonly #questions = new Map<string, InputQuestion>();
  #waiter: Waiter | undefined;
  #gather: NodeJS.Timeout | undefined;
  #end: End | undefined;
  #rounds = 0;
  #asked = 0;
  #slow = false;

  constructor(id: number, request: CallRequest, host: CallHost) {
    this.id = id;
    this.request = request;
    this.#host = host;
  }

  /** True when the server may put questions to the client of this call. */
  get askable(): boolean {
    return inputMethods.has(this.request.method);
  }

  /** True while no exchange waits for this call. */
  get isParked(): boolean {
    return this.#waiter === undefined;
  }

  /** Waits for the next outcome on behalf of an exchange. */
  outcome(io: ExchangeIo): Promise<McpOutcome> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { io, resolve, reject, undo: () => {} };
      this.#waiter = waiter;
      waiter.undo = io.cancellation.onCancel((reason) => {
        this.#release()?.reject(cancelError(reason));
        this.abort(`the client's exchange ended: ${reason}`);
      });
      if (this.#end !== undefined) this.#deliver(this.#end);
      else if (this.#questions.size > 0) this.#gatherSoon();
    });
  }

  /** Takes the client's responses and waits for the next outcome. */
  resume(responses: unknown, io: ExchangeIo): Promise<McpOutcome> {
    if (this.#end !== undefined) return this.outcome(io);
    this.#rounds++;
    this.#host.resumed(this);
    for (const [key, question] of this.#questions) {
      const response = isJsonObject(responses) ? responses[key] : undefined;
      if (isJsonObject(response)) {
        this.#questions.delete(key);
        this.#host.answer(question, response);
      }
    }
    if (this.#rounds >= limits.inputRoundsMax) this.#refuseAll();
    return this.outcome(io);
  }

  /** A question of the server that belongs to this call. */
  ask(question: InputQuestion): void {
    if (this.#end !== undefined || this.#rounds >= limits.inputRoundsMax) {
      this.#host.refuse(question);
      return;
    }
    this.#asked++;
    this.#questions.set(`input-${this.#asked}`, question);
    if (this.#waiter !== undefined) this.#gatherSoon();
  }

  /** The server no longer wants an answer to this question. */
  withdraw(id: InputQuestion['id']): boolean {
    for (const [key, question] of this.#questions) {
      if (question.id === id) return this.#questions.delete(key);
    }
    return false;
  }

  /** Hands a log message on when the client asked for its level. */
  log(message: McpNotification): Promise<void> | undefined {
    if (!isLogWanted(message.params['level'], this.request.logLevel)) return undefined;
    return this.#notify(message);
  }

  /** Hands progress on; the token was the gateway's own. */
  progress({ method, params }: McpNotification): Promise<void> | undefined {
    if (!this.request.wantsProgress) return undefined;
    return this.#notify({ method, params: withoutMembers(params, ['progressToken']) });
  }

  /** Gives the call up: the server is told, questions are refused. */
  abort(reason: string): void {
    if (this.#end !== undefined) return;
    this.#host.cancel(this, reason);
    this.#finish({
      error: new GatewayError('upstream_failed', `The call was given up: ${reason}.`),
    });
  }

  result(result: JsonBytes): void {
    if (this.taskId !== undefined) {
      const plain = result.has('_meta')
        ? JsonBytes.fromValue(withoutRelatedTask(result.value))
        : result;
      this.#complete(plain);
      return;
    }
    const taskId = this.request.asTask ? createdTaskId(result) : undefined;
    if (taskId === undefined) {
      this.#complete(result);
      return;
    }
    this.taskId = taskId;
    this.#host.continued(this, taskId);
    this.#waiter?.io.began?.();
  }

  failed(error: unknown): void {
    if (this.#end !== undefined) return;
    if (this.taskId !== undefined && this.#host.askedAgain(this, error)) return;
    try {
      this.#finish({ outcome: this.#host.failed(this, error) });
    } catch (shown) {
      this.#finish({ error: shown });
    }
  }

  #complete(result: JsonBytes): void {
    try {
      this.#finish({ outcome: legacyOutcome(result, this.request) });
    } catch (error) {
      this.#finish({ error });
    }
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#refuseAll();
    this.#host.ended(this);
    if (this.#waiter !== undefined) this.#deliver(end);
  }

  #deliver(end: End): void {
    const waiter = this.#release();
    if ('outcome' in end) waiter?.resolve(end.outcome);
    else waiter?.reject(end.error);
  }

  #gatherSoon(): void {
    this.#gather ??= setTimeout(() => this.#askClient(), limits.inputGatherMs);
  }

  #askClient(): void {
    const waiter = this.#release();
    if (waiter === undefined) return;
    if (this.#questions.size === 0) {
      // Withdrawn meanwhile: the exchange goes on waiting.
      this.outcome(waiter.io).then(waiter.resolve, waiter.reject);
      return;
    }
    try {
      const requestState = this.#host.park(this);
      const asked = [...this.#questions].map(([key, question]) => [key, toInputRequest(question)]);
      const inputRequests = Object.fromEntries(asked) as { readonly [key: string]: JsonObject };
      waiter.resolve({ resultType: 'input_required', inputRequests, requestState });
    } catch (error) {
      waiter.reject(error);
      this.abort('too many calls wait for input');
    }
  }

  #refuseAll(): void {
    const questions = [...this.#questions.values()];
    this.#questions.clear();
    for (const question of questions) this.#host.refuse(question);
  }

  /** Detaches the exchange that waits. */
  #release(): Waiter | undefined {
    clearTimeout(this.#gather);
    this.#gather = undefined;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.undo();
    return waiter;
  }

  /** A client that is still busy with the last notification misses this one. */
  #notify(notification: McpNotification): Promise<void> | undefined {
    if (this.#waiter === undefined || this.#slow) return undefined;
    let busy: Promise<void> | undefined;
    try {
      busy = this.#waiter.io.notify(notification);
    } catch {
      return undefined; // The client's side failed; its exchange is told by other means.
    }
    if (busy === undefined) return undefined;
    this.#slow = true;
    const done = (): void => {
      this.#slow = false;
    };
    return busy.then(done, done);
  }
}
