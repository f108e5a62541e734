import { GatewayError, RpcError } from '../../../../kernel/errors.ts';
import { objectMember, stringMember, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { isAskable } from '../../../client/askable.ts';
import { changeOf } from '../../../client/change-filter.ts';
import { isMoreVerbose } from '../../../client/log-level.ts';
import { neutralError } from '../../../client/neutral-error.ts';
import type { ExchangeIo, McpNotification, McpOutcome, McpRequest } from '../../../message.ts';
import { LEGACY_VERSION, implementation, legacyVersions, rpcCode } from '../../../protocol.ts';
import type { CapabilityProfile } from './capability-profile.ts';
import { CallSlot } from './call-slot.ts';
import { toLegacyResponse, type InputQuestion } from './input-question.ts';
import { LegacyCall, type CallHost } from './legacy-call.ts';
import type { LegacyTransport } from './legacy-transport.ts';
import { LegacyPeer, type PeerEvents } from './legacy-peer.ts';
import { ResourceWatch } from './resource-watch.ts';
import { SessionRefused } from './session-refused.ts';
import { urlElicitationOutcome } from './url-elicitation.ts';

/** Only a server that has become modern answers a session with these. */
const modernOnly: readonly number[] = [rpcCode.headerMismatch, rpcCode.unsupportedVersion];

/** What a session tells the upstream it belongs to. */
export interface SessionEvents {
  /** A list or a resource changed. */
  changed(session: LegacySession, notification: McpNotification): void;
  /** The session died on its own. */
  lost(session: LegacySession, error: GatewayError): void;
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
export class LegacySession implements PeerEvents {
  readonly callerKey: string;
  readonly profile: CapabilityProfile;
  readonly slot: CallSlot;
  readonly watch: ResourceWatch;
  readonly #peer: LegacyPeer;
  readonly #events: SessionEvents;
  readonly #transport: LegacyTransport;
  readonly #calls = new Map<number, LegacyCall>();
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
    this.callerKey = callerKey;
    this.profile = profile;
    this.#transport = transport;
    this.#events = events;
    this.#peer = new LegacyPeer(this);
    this.slot = new CallSlot(transport.exclusive && profile.asks);
    this.watch = new ResourceWatch(async (method, uri) => {
      await this.#peer.chore(method, { uri }, limits.sessionChoreMs);
    });
  }

  /** What the server said when the session opened. */
  get facts(): ServerFacts {
    if (this.#facts === undefined) throw new GatewayError('internal', 'the session is not open');
    return this.#facts;
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
      const answer = await this.#peer.chore('initialize', params, limits.sessionOpenMs);
      this.#facts = readFacts(answer.value);
    } catch (error) {
      throw error instanceof RpcError ? new SessionRefused(error) : error;
    }
    this.#peer.initialized(this.#facts.protocolVersion);
  }

  /** Runs one request to its first outcome. */
  async request(request: SessionRequest, io: ExchangeIo): Promise<McpOutcome> {
    if (request.logLevel !== undefined) await this.#wantLogLevel(request.logLevel);
    const { method, callerKey, wantsProgress, logLevel } = request;
    const id = this.#peer.nextId();
    const asked = { method, callerKey, wantsProgress, logLevel };
    const call = new LegacyCall(id, asked, this.#hostOf(request));
    if (io.cancellation.reason === undefined) {
      this.#calls.set(id, call);
      this.#peer.send(id, method, legacyParams(request, id), call);
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
        if (changeOf(message) !== undefined) this.#events.changed(this, message);
        return undefined;
    }
  }

  asked(question: InputQuestion, origin?: number): void {
    const call = isAskable(this.profile.capabilities, question.method, question.params)
      ? this.#askedCall(origin)
      : undefined;
    if (call === undefined) this.#refuse(question);
    else call.ask({ id: question.id, method: question.method, params: question.params });
  }

  closed(error: GatewayError): void {
    this.slot.close();
    if (!this.#closing && this.#retired === undefined) this.#events.lost(this, error);
  }

  /**
   * The call whose client is asked. Where messages do not say, it is a call that somebody waits
   * for; all calls of a session are of one caller, or there is only one that can be asked.
   */
  #askedCall(origin: number | undefined): LegacyCall | undefined {
    const calls = [...this.#calls.values()].filter((call) => call.askable);
    if (origin !== undefined) return calls.find((call) => call.id === origin);
    return calls.find((call) => !call.isParked) ?? calls[0];
  }

  /** A message of unknown origin is shown only when no other caller's call could have caused it. */
  #log(message: McpNotification, origin: number | undefined): Promise<void> | undefined {
    if (origin !== undefined) return this.#calls.get(origin)?.log(message);
    const calls = [...this.#calls.values()];
    if (calls.some((call) => call.request.callerKey !== calls[0]?.request.callerKey)) {
      return undefined;
    }
    for (const call of calls) void call.log(message);
    return undefined;
  }

  async #wantLogLevel(level: string): Promise<void> {
    const canLog = objectMember(this.facts.capabilities, 'logging') !== undefined;
    if (!canLog || !isMoreVerbose(level, this.#logLevel)) return;
    this.#logLevel = level;
    try {
      await this.#peer.chore('logging/setLevel', { level }, limits.sessionChoreMs);
    } catch (error) {
      // The call itself still works; it only shows fewer log messages.
      if (!(error instanceof RpcError)) this.#logLevel = undefined;
    }
  }

  #hostOf(request: SessionRequest): CallHost {
    return {
      answer: (question, response) => {
        const { protocolVersion } = this.facts;
        this.#peer.answer(question.id, toLegacyResponse(question, response, protocolVersion));
      },
      refuse: (question) => this.#refuse(question),
      cancel: (call, reason) => this.#peer.cancel(call.id, reason),
      park: (call) => {
        const state = this.#events.park(call, request);
        this.slot.parked();
        return state;
      },
      resumed: () => this.slot.resumed(),
      ended: (call) => {
        this.#calls.delete(call.id);
        if (call.askable) this.slot.leave();
        this.#closeIfDone();
      },
      failed: (call, error) => this.#outcomeOf(call, error),
    };
  }

  #outcomeOf(call: LegacyCall, error: unknown): McpOutcome {
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
function legacyParams(request: McpRequest, id: number): JsonObject {
  const { inputResponses: _responses, requestState: _state, ...params } = request.params;
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
