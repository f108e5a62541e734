import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Principal } from '../../../kernel/principal.ts';
import { endpointKey } from '../../../gateway/endpoint-key.ts';
import type { Endpoint } from '../../../gateway/exchange.ts';
import type { SessionInUse } from '../../../gateway/sessions/managed-sessions.ts';
import {
  LegacyServerSession,
  type HandleRequest,
} from '../../../mcp/server/legacy/legacy-server-session.ts';
import { ReplayStream } from '../../../mcp/server/legacy/replay-stream.ts';

/** A session over streamable HTTP with its event streams. */
export interface HttpSession {
  readonly session: LegacyServerSession;
  /** What belongs to no request; read by GET. */
  readonly serverStream: ReplayStream;
  /** Streams of calls by id, the ended ones too while they may be replayed. */
  readonly streams: Map<string, ReplayStream>;
  /**
   * Who sent the latest message. Any live token of the grant that opened the session may: tokens
   * are replaced while a session lasts.
   */
  principal: Principal;
  readonly scopeKey: string;
  /** Forgets the session that it was opened in. */
  readonly detach: () => void;
  lastUsedMs: number;
}

/** Where a session was opened, and where alone it may be used. */
export interface SessionScope {
  readonly endpoint: Endpoint;
  readonly managed: SessionInUse | null;
}

/** A request to open or use a session. */
export interface SessionUse extends SessionScope {
  readonly principal: Principal;
}

/** What the requests of a session are run for. */
export interface OpenedSession {
  readonly id: string;
  caller(): Principal;
}

const SESSION_ID_BYTES = 24;
const SWEEP_MS = 10_000;
/** Ended streams kept for clients that reconnect. */
const ENDED_STREAMS_KEPT = 16;

/** Sessions of legacy clients; each belongs to one grant and one endpoint. */
export class LegacySessions implements Disposable {
  readonly #sessions = new Map<string, HttpSession>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sweep(Date.now()), SWEEP_MS);
    this.#timer.unref();
  }

  /** Sessions that are open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Makes a session; the grant's oldest idle one makes room when it has too many. */
  open(scope: SessionUse, handle: (opened: OpenedSession) => HandleRequest): HttpSession {
    const { principal } = scope;
    if (scope.managed?.life.reason !== undefined) throw new GatewayError('session_not_found');
    const { grantId } = principal;
    const own = [...this.#sessions.values()].filter((one) => one.principal.grantId === grantId);
    if (own.length >= limits.sessionsPerCredentialMax) this.#evict(own);
    const id = randomBytes(SESSION_ID_BYTES).toString('hex');
    const serverStream = new ReplayStream('server');
    const http: HttpSession = {
      session: new LegacyServerSession(
        id,
        handle({ id, caller: () => http.principal }),
        serverStream,
      ),
      serverStream,
      streams: new Map([['server', serverStream]]),
      principal,
      scopeKey: keyOf(scope),
      detach: scope.managed?.life.onCancel(() => this.end(http)) ?? ((): void => {}),
      lastUsedMs: Date.now(),
    };
    this.#sessions.set(id, http);
    return http;
  }

  /**
   * The session of this id, if it is this grant's in this place. Throws GatewayError
   * `session_not_found` otherwise: another's session is as unknown as none.
   */
  find(id: string, scope: SessionUse): HttpSession {
    const { principal } = scope;
    const http = this.#sessions.get(id);
    const own = http !== undefined && isOf(http.principal, principal);
    if (!own || http.scopeKey !== keyOf(scope)) throw new GatewayError('session_not_found');
    http.principal = principal;
    http.lastUsedMs = Date.now();
    return http;
  }

  /** A stream for one call; ended ones beyond the kept number are forgotten. */
  openStream(http: HttpSession): ReplayStream {
    const stream = new ReplayStream(randomBytes(6).toString('hex'));
    http.streams.set(stream.id, stream);
    const ended = [...http.streams.values()].filter((one) => one.ended);
    for (const old of ended.slice(0, -ENDED_STREAMS_KEPT)) http.streams.delete(old.id);
    return stream;
  }

  /** Ends a session and everything in it. */
  end(http: HttpSession): void {
    this.#sessions.delete(http.session.id);
    http.detach();
    http.session.close();
    for (const stream of http.streams.values()) stream.end();
  }

  endAll(): void {
    for (const http of this.#sessions.values()) this.end(http);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.endAll();
  }

  #evict(own: readonly HttpSession[]): void {
    const idle = own.filter(({ session }) => !session.busy);
    const oldest = idle.toSorted((a, b) => a.lastUsedMs - b.lastUsedMs)[0];
    if (oldest === undefined) throw new GatewayError('too_many', 'Too many sessions are busy.');
    this.end(oldest);
  }

  #sweep(nowMs: number): void {
    for (const http of this.#sessions.values()) {
      const inUse = http.session.busy || http.serverStream.attached;
      if (!inUse && nowMs - http.lastUsedMs > limits.sessionIdleMs) this.end(http);
    }
  }
}

function isOf(one: Principal, other: Principal): boolean {
  return one.tenant === other.tenant && one.grantId === other.grantId;
}

function keyOf({ endpoint, managed }: SessionScope): string {
  const own = endpointKey(endpoint);
  return managed === null ? own : `${managed.session.id} ${own}`;
}
