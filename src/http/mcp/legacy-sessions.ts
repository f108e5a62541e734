import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import { endpointKey } from '../../gateway/endpoint-key.ts';
import type { Endpoint } from '../../gateway/exchange.ts';
import type { LiveSession } from '../../gateway/sessions/managed-sessions.ts';
import { LegacySession, type HandleRequest } from '../../mcp/eras/legacy/server/legacy-session.ts';
import { ReplayStream } from '../../mcp/eras/legacy/server/replay-stream.ts';

/** A session over streamable HTTP with its event streams. */
export interface HttpSession {
  readonly session: LegacySession;
  /** What belongs to no request; read by GET. */
  readonly serverStream: ReplayStream;
  /** Streams of calls by id, the ended ones too while they may be replayed. */
  readonly streams: Map<string, ReplayStream>;
  readonly credentialId: string;
  readonly scopeKey: string;
  /** Forgets the session that it was opened in. */
  readonly detach: () => void;
  lastUsedMs: number;
}

/** Where a session was opened, and where alone it may be used. */
export interface SessionScope {
  readonly endpoint: Endpoint;
  readonly managed: LiveSession | null;
}

const SESSION_ID_BYTES = 24;
const SWEEP_MS = 10_000;
/** Ended streams kept for clients that reconnect. */
const ENDED_STREAMS_KEPT = 16;

/** Sessions of legacy clients; each belongs to one credential and one endpoint. */
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

  /** Makes a session; the credential's oldest idle one makes room when it has too many. */
  open(
    principal: Principal,
    scope: SessionScope,
    handle: (sessionId: string) => HandleRequest,
  ): HttpSession {
    if (scope.managed?.life.reason !== undefined) throw new GatewayError('session_not_found');
    const { credentialId } = principal;
    const own = [...this.#sessions.values()].filter((one) => one.credentialId === credentialId);
    if (own.length >= limits.sessionsPerCredentialMax) this.#evict(own);
    const id = randomBytes(SESSION_ID_BYTES).toString('hex');
    const serverStream = new ReplayStream('server');
    const http: HttpSession = {
      session: new LegacySession(id, handle(id), serverStream),
      serverStream,
      streams: new Map([['server', serverStream]]),
      credentialId,
      scopeKey: keyOf(scope),
      detach: scope.managed?.life.onCancel(() => this.end(http)) ?? ((): void => {}),
      lastUsedMs: Date.now(),
    };
    this.#sessions.set(id, http);
    return http;
  }

  /**
   * The session of this id, if it is this credential's in this place. Throws GatewayError
   * `session_not_found` otherwise: another's session is as unknown as none.
   */
  find(id: string, principal: Principal, scope: SessionScope): HttpSession {
    const http = this.#sessions.get(id);
    const own = http?.credentialId === principal.credentialId && http.scopeKey === keyOf(scope);
    if (http === undefined || !own) throw new GatewayError('session_not_found');
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

function keyOf({ endpoint, managed }: SessionScope): string {
  const own = endpointKey(endpoint);
  return managed === null ? own : `${managed.session.id} ${own}`;
}
