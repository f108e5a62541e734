import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import {
  objectMember,
  stringMember,
  withoutMembers,
  type JsonObject,
} from '../../../kernel/json.ts';
import { InFlight } from '../../../kernel/in-flight.ts';
import { limits } from '../../../kernel/limits.ts';
import { isAskable } from '../askable.ts';
import { changeOf } from '../change-filter.ts';
import { isMoreVerbose } from '../../log-level.ts';
import { neutralError } from '../neutral-error.ts';
import type { ExchangeIo, McpNotification, McpOutcome, McpRequest } from '../../message.ts';
import { LEGACY_VERSION, implementation, legacyVersions, rpcCode } from '../../protocol.ts';
import type { CapabilityProfile } from './capability-profile.ts';
import { CallSlot } from './call-slot.ts';
import { toLegacyResponse, type InputQuestion } from './input-question.ts';
import { LegacyCall, type CallHost } from './legacy-call.ts';
import { goesAsTask, relatedTaskId, takesToolTasks, ToolTasks } from './legacy-tasks.ts';
import type { LegacyTransport } from './legacy-transport.ts';
import { LegacyPeer, type PeerEvents } from './legacy-peer.ts';
import { ResourceWatch } from './resource-watch.ts';
import { SessionLost } from './session-lost.ts';
import { SessionRefused } from './session-refused.ts';
import { urlElicitationOutcome } from './url-elicitation.ts';

/** Only a server that has become modern answers a session with these. */
const modernOnly: readonly number[] = [rpcCode.headerMismatch, rpcCode.unsupportedVersion];

/** Who only wants to know what the server is: a session that is nobody's yet. */
export const NOBODY = '';

/** Requests for a task's result in a row that may fail at once. */
const FAILURES_MAX = 3;

/** What a session tells the upstream it belongs to. */
export interface SessionEvents {
  /** A list or a resource changed. */
  changed(session: LegacyClientSession, notification: McpNotification): void;
  /** The session died on its own. */
  lost(session: LegacyClientSession, error: GatewayError): void;
  /** The server knows the session no more; calls that it has taken may still be answered. */
  forgotten(session: LegacyClientSession): void;
  /** Keeps a call for its retry; returns its state. */
  park(call: LegacyCall, request: SessionRequest): string;
}

/** A request and the key of its caller; two callers never have the same key. */
export interface SessionRequest extends McpRequest {
  readonly callerKey: string;
}

/** What the server said of itself when the session opened. */
export interface ServerFacts {
  readonly protocolVersion: string;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

/** One open session with a legacy server: calls, questions, log level, watched resources. */
export class LegacyClientSession implements PeerEvents {
  readonly profile: CapabilityProfile;
  readonly slot: CallSlot;
  readonly watch: ResourceWatch;
  readonly #peer: LegacyPeer;
  readonly #events: SessionEvents;
  readonly #transport: LegacyTransport;
  /** Calls by the ids of their requests; one that became a task has two. */
  readonly #calls = new InFlight<number, LegacyCall>();
  readonly #toolTasks: ToolTasks;
  #owner: string | undefined;
  #facts: ServerFacts | undefined;
  #logLevel: string | undefined;
  #retired: GatewayError | undefined;
  #closing = false;
  #holds = 0;

  constructor(
    transport: LegacyTransport,
    callerKey: string,
    profile: CapabilityProfile,
    events: SessionEvents,
  ) {
    if (transport.isolation !== 'shared' && callerKey !== NOBODY) this.#owner = callerKey;
    this.profile = profile;
    this.#transport = transport;
    this.#events = events;
    this.#peer = new LegacyPeer(this);
    this.slot = new CallSlot(transport.exclusive && profile.asks);
    this.#toolTasks = new ToolTasks((params) =>
      this.#peer.sendAndWait('tools/list', params, limits.sessionChoreMs),
    );
    this.watch = new ResourceWatch(async (method, uri) => {
      await this.#peer.sendAndWait(method, { uri }, limits.sessionChoreMs);
    });
  }

  /** What the server said when the session opened. */
  get facts(): ServerFacts {
    if (this.#facts === undefined) throw new GatewayError('internal', 'the session is not open');
    return this.#facts;
  }

  /** Key of the caller whose session it is; undefined while it is everybody's or nobody's yet. */
  get owner(): string | undefined {
    return this.#owner;
  }

  /** True while something needs the session: a call, a parked call, whoever holds it. */
  get isBusy(): boolean {
    return this.#calls.size > 0 || this.#holds > 0;
  }

  /** Connects and shakes hands (2025-11-25 basic/lifecycle). */
  async open(): Promise<void> {
    await this.#peer.connect(this.#transport.open);
    const params = {
      protocolVersion: LEGACY_VERSION,
      capabilities: this.profile.capabilities,
      clientInfo: implementation,
    };
    try {
      const answer = await this.#peer.sendAndWait('initialize', params, limits.sessionOpenMs);
      this.#facts = readFacts(answer.value);
    } catch (error) {
      throw error instanceof RpcError ? new SessionRefused(error) : error;
    }
    this.#peer.initialized(this.#facts.protocolVersion);
    if (this.#transport.asksFirst && this.profile.asks) await this.#settle();
  }

  /** True when this caller may use the session. */
  serves(callerKey: string): boolean {
    return this.#owner === undefined || this.#owner === callerKey;
  }

  /** From now on it is this caller's, where sessions are not everybody's. */
  claim(callerKey: string): void {
    if (this.#transport.isolation !== 'shared' && callerKey !== NOBODY) this.#owner ??= callerKey;
  }

  /** Gives up the call that waits for input on a session that runs one such call at a time. */
  giveUpParked(reason: string): void {
    for (const call of new Set(this.#calls.values())) {
      if (call.askable && call.isParked && call.taskId === undefined) call.abort(reason);
    }
  }

  /** Runs one request to its first outcome. */
  async request(request: SessionRequest, io: ExchangeIo): Promise<McpOutcome> {
    if (request.logLevel !== undefined) await this.#wantLogLevel(request.logLevel);
    const asTask = await this.#goesAsTask(request);
    const { method, params, callerKey, wantsProgress, logLevel } = request;
    const id = this.#peer.nextId();
    const asked = { method, params, callerKey, wantsProgress, logLevel, asTask };
    const call = new LegacyCall(id, asked, this.#hostOf(request));
    if (io.cancellation.reason === undefined) {
      this.#calls.set(id, call);
      this.#peer.send(id, method, legacyParams(request, id, asTask), call);
    }
    return call.outcome(io);
  }

  /** Keeps the session open until the returned function is called. */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      this.#closeIfDone();
    };
  }

  /** Takes no new calls, and ends the session as soon as nothing needs it. */
  retire(error: GatewayError): void {
    this.#retired = error;
    this.slot.close();
    this.#closeIfDone();
  }

  /** Ends the session; its calls fail with the error. */
  async close(error: GatewayError): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#peer.close(error);
  }

  notified(message: McpNotification, origin?: number): Promise<void> | undefined {
    const { method, params } = message;
    switch (method) {
      case 'notifications/progress':
        return this.#calls.get(Number(params['progressToken']))?.progress(message);
      case 'notifications/message':
        return this.#log(message, origin);
      case 'notifications/cancelled': {
        const id = params['requestId'];
        if (typeof id !== 'string' && typeof id !== 'number') return undefined;
        for (const call of this.#calls.values()) if (call.withdraw(id)) break;
        return undefined;
      }
      default:
        if (method === 'notifications/tools/list_changed') this.#toolTasks.forget();
        if (changeOf(message) !== undefined) this.#events.changed(this, message);
        return undefined;
    }
  }

  asked(question: InputQuestion, origin?: number): void {
    const call = isAskable(this.profile.capabilities, question.method, question.params)
      ? this.#askedCall(origin, relatedTaskId(question.params))
      : undefined;
    if (call === undefined) this.#refuse(question);
    else call.ask({ id: question.id, method: question.method, params: question.params });
  }

  forgotten(): void {
    if (!this.#closing && this.#retired === undefined) this.#events.forgotten(this);
  }

  closed(error: GatewayError): void {
    this.slot.close();
    if (!this.#closing && this.#retired === undefined) this.#events.lost(this, error);
  }

  /**
   * The call whose client is asked. Where messages do not say, it is a call that somebody waits
   * for; all calls of a session are of one caller, or there is only one that can be asked.
   */
  #askedCall(origin: number | undefined, taskId: string | undefined): LegacyCall | undefined {
    const calls = [...this.#calls.values()].filter((call) => call.askable);
    if (taskId !== undefined) return calls.find((call) => call.taskId === taskId);
    if (origin !== undefined) return calls.find((call) => call === this.#calls.get(origin));
    const plain = calls.filter((call) => call.taskId === undefined);
    return plain.find((call) => !call.isParked) ?? plain[0];
  }

  /**
   * Lets the server ask what it asks every new client, before a call is there that the question
   * would be taken for: a file server opens the directories that the answer names.
   */
  async #settle(): Promise<void> {
    try {
      await this.#peer.sendAndWait('ping', {}, limits.sessionSettleMs);
    } catch (error) {
      // A refusal is an answer too; a server that is silent keeps nobody waiting for long.
      const isSilent = error instanceof GatewayError && error.code === 'upstream_timeout';
      if (!isSilent && !(error instanceof RpcError)) throw error;
    }
  }

  /** A message of unknown origin is shown only when no other caller's call could have caused it. */
  #log(message: McpNotification, origin: number | undefined): Promise<void> | undefined {
    if (origin !== undefined) return this.#calls.get(origin)?.log(message);
    const calls = [...new Set(this.#calls.values())];
    if (calls.some((call) => call.request.callerKey !== calls[0]?.request.callerKey)) {
      return undefined;
    }
    for (const call of calls) void call.log(message);
    return undefined;
  }

  async #goesAsTask({ method, params, client }: SessionRequest): Promise<boolean> {
    if (method !== 'tools/call' || !takesToolTasks(this.facts.capabilities)) return false;
    const support = await this.#toolTasks.supportOf(stringMember(params, 'name') ?? '');
    return goesAsTask(support, client);
  }

  async #wantLogLevel(level: string): Promise<void> {
    const canLog = objectMember(this.facts.capabilities, 'logging') !== undefined;
    if (!canLog || !isMoreVerbose(level, this.#logLevel)) return;
    this.#logLevel = level;
    try {
      await this.#peer.sendAndWait('logging/setLevel', { level }, limits.sessionChoreMs);
    } catch (error) {
      // The call itself still works; it only shows fewer log messages.
      if (!(error instanceof RpcError)) this.#logLevel = undefined;
    }
  }

  #hostOf(request: SessionRequest): CallHost {
    return {
      answer: (question, response) => {
        const { protocolVersion } = this.facts;
        // Roots are the session's, not the call's: the server may act on them in later calls.
        if (question.method === 'roots/list') this.#owner = request.callerKey;
        this.#peer.answer(question.id, toLegacyResponse(question, response, protocolVersion));
      },
      refuse: (question) => this.#refuse(question),
      continued: (call, taskId) => {
        this.#askResult(call, taskId);
        // What a task asks says whose it is: others may be asked meanwhile.
        this.slot.leave();
      },
      askedAgain: (call, error) => this.#askAgain(call, error),
      cancel: (call, reason) => this.#cancel(call, reason),
      park: (call) => {
        const state = this.#events.park(call, request);
        if (call.taskId === undefined) this.slot.parked();
        return state;
      },
      resumed: (call) => {
        if (call.taskId === undefined) this.slot.resumed();
      },
      ended: (call) => {
        this.#calls.take(call.id);
        this.#calls.take(call.resultId);
        if (call.askable && call.taskId === undefined) this.slot.leave();
        this.#closeIfDone();
      },
      failed: (call, error) => this.#outcomeOf(call, error),
    };
  }

  #askResult(call: LegacyCall, taskId: string): void {
    this.#calls.take(call.resultId);
    call.resultId = this.#peer.nextId();
    call.askedAtMs = Date.now();
    this.#calls.set(call.resultId, call);
    this.#peer.send(call.resultId, 'tasks/result', { taskId }, call);
  }

  /** A task outlives the request for its result, which a timeout or a proxy may have ended. */
  #askAgain(call: LegacyCall, error: unknown): boolean {
    const { taskId } = call;
    const isLost = error instanceof GatewayError && !(error instanceof SessionLost);
    if (!isLost || !this.#peer.isOpen || taskId === undefined) return false;
    const lasted = Date.now() - call.askedAtMs >= limits.streamRetryMsMin * FAILURES_MAX;
    call.failures = lasted ? 1 : call.failures + 1;
    if (call.failures > FAILURES_MAX) return false;
    const timer = setTimeout(() => {
      if (this.#calls.get(call.id) === call) this.#askResult(call, taskId);
    }, limits.streamRetryMsMin);
    timer.unref();
    return true;
  }

  #cancel({ id, resultId, taskId }: LegacyCall, reason: string): void {
    this.#peer.cancel(taskId === undefined ? id : resultId, reason);
    if (taskId === undefined) return;
    this.#peer.sendAndWait('tasks/cancel', { taskId }, limits.sessionChoreMs).catch(() => {});
  }

  #outcomeOf(call: LegacyCall, error: unknown): McpOutcome {
    if (error instanceof SessionLost && call.taskId !== undefined) {
      // The call itself was taken: it must not be made again on another session.
      throw new GatewayError('upstream_failed', error.message);
    }
    if (!(error instanceof RpcError)) throw error;
    if (call.askable && error.rpcCode === rpcCode.legacyUrlElicitationRequired) {
      return urlElicitationOutcome(error, this.profile);
    }
    if (modernOnly.includes(error.rpcCode)) throw new SessionRefused(error);
    throw neutralError(error);
  }

  #closeIfDone(): void {
    if (this.#retired !== undefined && !this.isBusy) void this.close(this.#retired);
  }

  #refuse({ id, method }: InputQuestion): void {
    if (method === 'elicitation/create') this.#peer.answer(id, { action: 'cancel' });
    else this.#peer.refuse(id, rpcCode.methodNotFound, 'Nobody can be asked this now.');
  }
}

/** The parameters without what only modern servers know, with the gateway's progress token. */
function legacyParams(request: McpRequest, id: number, asTask: boolean): JsonObject {
  // Whether a task is made is between the server and the gateway: a client's wish is not passed on.
  const own = withoutMembers(request.params, ['inputResponses', 'requestState', 'task']);
  const params = asTask ? { ...own, task: { ttl: limits.taskTtlMs } } : own;
  if (!request.wantsProgress) return params;
  return { ...params, _meta: { ...objectMember(params, '_meta'), progressToken: id } };
}

function readFacts(result: JsonObject): ServerFacts {
  const protocolVersion = stringMember(result, 'protocolVersion') ?? '';
  if (!legacyVersions.includes(protocolVersion)) {
    const text = 'The service speaks a protocol version that the gateway does not know.';
    throw new SessionRefused(new Error(text));
  }
  return {
    protocolVersion,
    serverInfo: objectMember(result, 'serverInfo') ?? {},
    capabilities: objectMember(result, 'capabilities') ?? {},
    instructions: stringMember(result, 'instructions'),
  };
}
