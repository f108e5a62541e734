import { randomBytes } from 'node:crypto';
import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { ManagedSession, SessionStore } from '../store.ts';

/** What managed sessions are made from. */
export interface ManagedSessionsContext {
  readonly store: SessionStore;
  /** True when the tenant has a service of this slug. */
  hasService(tenant: TenantId, slug: string): boolean;
  readonly log: Log;
  readonly now?: () => number;
}

/** What a caller says of the session it wants. */
export type SessionInput = Pick<ManagedSession, 'services' | 'transport' | 'idPlace'> & {
  readonly lifeMs: number;
};

/** A session in use here, with the end of everything that was opened in it. */
export interface LiveSession {
  readonly session: ManagedSession;
  /** Cancelled when the session ends, whoever ended it. */
  readonly life: Cancellation;
}

interface Known extends LiveSession {
  /** When the store last said that it is there. */
  readAtMs: number;
}

const SESSION_ID_BYTES = 18;

/** Sessions that callers make, use and end; each belongs to the credential that made it. */
export class ManagedSessions implements Disposable {
  readonly #context: ManagedSessionsContext;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #timer: NodeJS.Timeout;

  constructor(context: ManagedSessionsContext) {
    this.#context = context;
    this.#now = context.now ?? Date.now;
    this.#timer = setInterval(() => this.#sweep(), limits.managedSessionSweepMs);
    this.#timer.unref();
  }

  /** Makes a session. Throws GatewayError `not_found` (a service), `too_many`. */
  async create(principal: Principal, input: SessionInput): Promise<ManagedSession> {
    const { tenant, userId, credentialId } = principal;
    const { store } = this.#context;
    const unknown = input.services?.find((slug) => !this.#context.hasService(tenant, slug));
    if (unknown !== undefined) {
      throw new GatewayError('not_found', `There is no service named ${unknown}.`);
    }
    const nowMs = this.#now();
    await store.deleteExpired(tenant, nowMs);
    const own = await store.list(tenant, credentialId);
    if (own.length >= limits.sessionsPerCredentialMax) {
      throw new GatewayError('too_many', 'This key has too many sessions; end one first.');
    }
    const { services, transport, idPlace, lifeMs } = input;
    const session: ManagedSession = {
      id: `ses_${randomBytes(SESSION_ID_BYTES).toString('hex')}`,
      tenant,
      userId,
      credentialId,
      services: services === null ? null : [...new Set(services)],
      transport,
      idPlace,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + lifeMs,
    };
    await store.insert(tenant, session);
    return session;
  }

  /** The caller's sessions, the oldest first. */
  async list({ tenant, credentialId }: Principal): Promise<readonly ManagedSession[]> {
    const nowMs = this.#now();
    const all = await this.#context.store.list(tenant, credentialId);
    return all.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  }

  /**
   * The session of this id, if it is this caller's and lasts. Throws GatewayError
   * `session_not_found` otherwise: another's session is as unknown as none.
   */
  async find(principal: Principal, id: string): Promise<LiveSession> {
    const nowMs = this.#now();
    const known = this.#known.get(id);
    const isFresh = known !== undefined && nowMs - known.readAtMs < limits.managedSessionCacheMs;
    const session = isFresh ? known.session : await this.#context.store.get(principal.tenant, id);
    // The one that was known ended somewhere else, or was another tenant's all along.
    if (session === undefined && known?.session.tenant === principal.tenant) this.#close(known);
    if (
      session?.tenant !== principal.tenant ||
      session.credentialId !== principal.credentialId ||
      session.expiresAtMs <= nowMs
    ) {
      throw new GatewayError('session_not_found');
    }
    return isFresh ? known : this.#keep(session, nowMs);
  }

  /** Ends a session and everything that was opened in it. Throws as `find` does. */
  async end(principal: Principal, id: string): Promise<void> {
    await this.find(principal, id);
    await this.#context.store.delete(principal.tenant, id);
    const known = this.#known.get(id);
    if (known !== undefined) this.#close(known);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const known of this.#known.values()) this.#close(known);
  }

  #keep(session: ManagedSession, nowMs: number): LiveSession {
    let known = this.#known.get(session.id);
    if (known === undefined) {
      known = { session, life: new Cancellation(), readAtMs: nowMs };
      this.#known.set(session.id, known);
    }
    known.readAtMs = nowMs;
    return known;
  }

  #close(known: Known): void {
    this.#known.delete(known.session.id);
    known.life.cancel('cancelled');
  }

  /** Ends what expired, and forgets it here and in the store. */
  #sweep(): void {
    const nowMs = this.#now();
    const tenants = new Set<TenantId>();
    for (const known of this.#known.values()) {
      if (known.session.expiresAtMs <= nowMs) {
        tenants.add(known.session.tenant);
        this.#close(known);
      } else if (nowMs - known.readAtMs >= limits.managedSessionRecheckMs) {
        known.readAtMs = nowMs;
        void this.#recheck(known);
      }
    }
    for (const tenant of tenants) {
      this.#context.store.deleteExpired(tenant, nowMs).catch((error: unknown) => {
        this.#warn(error, 'expired sessions could not be deleted');
      });
    }
  }

  /** A session that nobody asks for may have been ended by another instance. */
  async #recheck(known: Known): Promise<void> {
    try {
      const { tenant, id } = known.session;
      if ((await this.#context.store.get(tenant, id)) === undefined) this.#close(known);
    } catch (error) {
      this.#warn(error, 'a session could not be looked up');
    }
  }

  #warn(error: unknown, message: string): void {
    const text = error instanceof Error ? error.message : 'unknown failure';
    this.#context.log.warn({ error: text }, message);
  }
}
