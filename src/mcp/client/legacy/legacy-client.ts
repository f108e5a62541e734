import { GatewayError } from '../../../kernel/errors.ts';
import { stringMember, type JsonObject } from '../../../kernel/json.ts';
import { cancellable } from '../../../kernel/cancellable.ts';
import { changeOf, isWanted } from '../change-filter.ts';
import { changedLists } from '../keep-listening.ts';
import type { ChangeFilter, ServerChange } from '../change-filter.ts';
import { ChangeQueue } from '../../change-queue.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../message.ts';
import { callerKey, type Caller } from '../caller.ts';
import type { CallerRequest, DiscoveredServer, EraClient } from '../era-client.ts';
import { inputMethods } from '../../protocol.ts';
import { capabilityProfile, fullCapabilities } from './capability-profile.ts';
import type { Isolation, LegacyTransport } from './legacy-transport.ts';
import type { LegacyClientSession, SessionRequest } from './legacy-client-session.ts';
import { ParkedCalls } from './parked-calls.ts';
import { SessionLost } from './session-lost.ts';
import { SessionPool } from './session-pool.ts';
import { toDiscoveredServer } from './to-discovered-server.ts';
import { declinedVisit } from './url-elicitation.ts';

/** How a legacy client is set up; times are for tests, `limits` has the defaults. */
export interface LegacyClientOptions {
  /** Told what the server reports of itself. */
  changed(change: ServerChange): void;
  readonly parkedCallMs?: number;
}

interface Listener {
  readonly callerKey: string;
  readonly session: LegacyClientSession;
  readonly filter: ChangeFilter;
  readonly queue: ChangeQueue;
}

/** Methods that mean nothing to a legacy server or that the gateway uses itself. */
const unsentMethods: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'server/discover',
  'subscriptions/listen',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
]);

/** A legacy server (2024-11-05 … 2025-11-25) in the neutral model, over any transport. */
export class LegacyClient implements EraClient {
  readonly era = 'legacy';
  readonly #options: LegacyClientOptions;
  readonly #pool: SessionPool;
  readonly #parked: ParkedCalls;
  readonly #listeners = new Set<Listener>();
  readonly #isolation: Isolation;

  constructor(transport: LegacyTransport, options: LegacyClientOptions) {
    this.#options = options;
    this.#isolation = transport.isolation;
    this.#parked = new ParkedCalls(options.parkedCallMs);
    this.#pool = new SessionPool(transport, {
      changed: (session, notification) => this.#changed(session, notification),
      lost: (session, error) => this.#lost(session, error),
      forgotten: (session) => this.#forgotten(session, new SessionLost()),
      park: (call, request) => this.#parked.park(call, request),
    });
  }

  async discover(): Promise<DiscoveredServer> {
    const { session, opened, release } = this.#pool.leaseFacts(capabilityProfile(fullCapabilities));
    try {
      await opened;
      return toDiscoveredServer(session.facts);
    } finally {
      release();
    }
  }

  /** Runs one request, or goes on with the call that its `requestState` names. */
  async request(request: CallerRequest, io: ExchangeIo): Promise<McpOutcome> {
    const { method, params } = request;
    if (unsentMethods.has(method)) throw new GatewayError('method_not_found');
    const key = this.#keyOf(request.caller);
    if (!inputMethods.has(method)) return this.#send({ ...request, callerKey: key }, io);
    if ('requestState' in params) return this.#resume(key, method, params, io);
    const declined = declinedVisit(method, params);
    return declined ?? this.#send({ ...request, callerKey: key }, io);
  }

  /** Streams change notifications until the exchange ends; throws when the session is lost. */
  async *listen(
    filter: ChangeFilter,
    caller: Caller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const key = this.#keyOf(caller);
    const lease = this.#pool.leaseAny(key, capabilityProfile({}));
    const { session, release } = lease;
    const queue = new ChangeQueue();
    const listener = { callerKey: key, session, filter, queue };
    const undo = io.cancellation.onCancel(() => queue.end());
    let watched: readonly string[] = [];
    try {
      await cancellable(lease.opened, io.cancellation);
      this.#listeners.add(listener);
      watched = watchable(session, filter);
      // A resource that cannot be watched is silent, as a subset may be (subscriptions, "Ack").
      await Promise.allSettled(watched.map((uri) => session.watch.add(uri)));
      yield* queue;
    } finally {
      undo();
      this.#listeners.delete(listener);
      void Promise.allSettled(watched.map((uri) => session.watch.remove(uri))).then(release);
    }
  }

  /** Sessions hear of it themselves. */
  listsChanged(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    const error = new GatewayError('shutting_down');
    this.#parked.clear('the gateway closes the session');
    for (const { queue } of this.#listeners) queue.end();
    await this.#pool.close(error);
  }

  /** Whoever must not meet what others left in a session. */
  #keyOf(caller: Caller): string {
    const key = callerKey(caller);
    return this.#isolation === 'session' ? `${key}\n${caller.sessionId ?? ''}` : key;
  }

  /** Sends a request; once more on a fresh session when the server had forgotten the first. */
  async #send(request: SessionRequest, io: ExchangeIo): Promise<McpOutcome> {
    try {
      return await this.#sendOnce(request, io);
    } catch (error) {
      if (!(error instanceof SessionLost)) throw error;
      return this.#sendOnce(request, io);
    }
  }

  async #sendOnce(request: SessionRequest, io: ExchangeIo): Promise<McpOutcome> {
    const profile = capabilityProfile(request.client.capabilities);
    const { callerKey } = request;
    for (;;) {
      const { session, opened, release } = this.#pool.lease(callerKey, profile);
      try {
        await cancellable(opened, io.cancellation);
        if (!session.serves(callerKey)) continue;
        if (inputMethods.has(request.method)) {
          if (session.slot.isTaken && this.#pool.hasBetter(callerKey, profile)) continue;
          if (!(await session.slot.enter(io.cancellation))) continue;
        }
        return await session.request(request, io);
      } catch (error) {
        if (error instanceof SessionLost) this.#forgotten(session, error);
        throw error;
      } finally {
        release();
      }
    }
  }

  #resume(
    callerKey: string,
    method: string,
    params: JsonObject,
    io: ExchangeIo,
  ): Promise<McpOutcome> {
    const state = stringMember(params, 'requestState') ?? '';
    const call = this.#parked.take(state, { callerKey, method, params });
    return call.resume(params['inputResponses'], io);
  }

  #changed(session: LegacyClientSession, notification: McpNotification): void {
    const change = changeOf(notification);
    if (change === undefined) return;
    const { owner } = session;
    const isPersonal = change.kind === 'lists' && owner !== undefined;
    this.#options.changed(isPersonal ? { ...change, caller: owner } : change);
    for (const { callerKey, filter, queue } of this.#listeners) {
      if (session.serves(callerKey) && isWanted(filter, change)) queue.push(notification);
    }
  }

  #lost(session: LegacyClientSession, error: GatewayError): void {
    this.#options.changed({ kind: 'lost', text: error.message });
    this.#failListeners(session, error);
  }

  /** A server that forgets its sessions was restarted, perhaps with more than it had. */
  #forgotten(session: LegacyClientSession, error: GatewayError): void {
    this.#pool.retire(session);
    this.#options.changed({ kind: 'lists', lists: changedLists });
    this.#failListeners(session, error);
  }

  #failListeners(session: LegacyClientSession, error: GatewayError): void {
    for (const listener of this.#listeners) {
      if (listener.session === session) listener.queue.fail(error);
    }
  }
}

function watchable(session: LegacyClientSession, filter: ChangeFilter): readonly string[] {
  const resources = session.facts.capabilities['resources'] as JsonObject | undefined;
  return resources?.['subscribe'] === true ? [...new Set(filter.resourceSubscriptions)] : [];
}
