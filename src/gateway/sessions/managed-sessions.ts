import { randomBytes } from 'node:crypto';
import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { ManagedSession, SessionStore } from '../store.ts';

/** What managed sessions are made from. */
export interface ManagedSessionsContext {
  readonly store: SessionStore;
  /** True when the caller's view has a service of this slug. */
  hasService(principal: Principal, slug: string): boolean | Promise<boolean>;
  readonly now?: () => number;
}

/** What a caller says of the session it wants. */
export type SessionInput = Pick<ManagedSession, 'services' | 'transport' | 'idPlace'> & {
  readonly lifeMs: number;
};

/** A session in use here, with the end of everything that was opened in it. */
export interface SessionInUse {
  readonly session: ManagedSession;
  /** Cancelled when the session ends, whoever ended it. */
  readonly life: Cancellation;
}

interface Known extends SessionInUse {
  /** When the store last said that it is there. */
  readAtMs: number;
}

const SESSION_ID_BYTES = 18;

/** Sessions that callers make, use and end; each belongs to the credential that made it. */
export class ManagedSessions implements Disposable {
  readonly #context: ManagedSessionsContext;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor(context: ManagedSessionsContext) {
    this.#context = context;
    this.#now = context.now ?? Date.now;
  }

  /** Makes a session. Throws GatewayError `not_found` (a service), `conflict` (too many). */
  async create(principal: Principal, input: SessionInput): Promise<ManagedSession> {
    const { tenant, subject, grantId } = principal;
    const { store } = this.#context;
    for (const slug of input.services ?? []) {
      if (await this.#context.hasService(principal, slug)) continue;
      throw new GatewayError('not_found', `There is no service named ${slug}.`);
    }
    const nowMs = this.#now();
    await store.deleteExpired(tenant, nowMs);
    const own = await store.list(tenant, grantId);
    if (own.length >= limits.sessionsPerCredentialMax) {
      const text =
        `This key has ${limits.sessionsPerCredentialMax} sessions, as many as a key may have ` +
        '(limit sessionsPerCredentialMax); end one first.';
      throw new GatewayError('conflict', text, { data: { limit: 'sessionsPerCredentialMax' } });
    }
    const { services, transport, idPlace, lifeMs } = input;
    const session: ManagedSession = {
      id: `ses_${randomBytes(SESSION_ID_BYTES).toString('hex')}`,
      tenant,
      userId: subject.id,
      grantId,
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
  async list({ tenant, grantId }: Principal): Promise<readonly ManagedSession[]> {
    const nowMs = this.#now();
    const all = await this.#context.store.list(tenant, grantId);
    return all.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  }

  /**
   * The session of this id, if it is this caller's and lasts. Throws GatewayError
   * `session_not_found` otherwise: another's session is as unknown as none.
   */
  async find(principal: Principal, id: string): Promise<SessionInUse> {
    const nowMs = this.#now();
    const known = this.#known.get(id);
    const isFresh = known !== undefined && nowMs - known.readAtMs < limits.managedSessionCacheMs;
    const session = isFresh ? known.session : await this.#context.store.get(principal.tenant, id);
    // The one that was known ended somewhere else, or was another tenant's all along.
    if (session === undefined && known?.session.tenant === principal.tenant) this.#close(known);
    if (
      session?.tenant !== principal.tenant ||
      session.grantId !== principal.grantId ||
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
    for (const known of this.#known.values()) this.#close(known);
  }

  #keep(session: ManagedSession, nowMs: number): SessionInUse {
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

  /** Ends what expired, and asks again about what nobody asked for lately. */
  async sweep(): Promise<void> {
    const nowMs = this.#now();
    const old: Known[] = [];
    for (const known of this.#known.values()) {
      if (known.session.expiresAtMs <= nowMs) this.#close(known);
      else if (nowMs - known.readAtMs >= limits.managedSessionRecheckMs) old.push(known);
    }
    await this.#recheck(old);
  }

  /** Asks again about a tenant's sessions: another instance ended some. */
  async reload(tenant: string): Promise<void> {
    await this.#recheck([...this.#known.values()].filter((one) => one.session.tenant === tenant));
  }

  /** Rejects when the store fails; what it was not asked about is as it was. */
  async #recheck(all: readonly Known[]): Promise<void> {
    const nowMs = this.#now();
    await Promise.all(
      all.map(async (known) => {
        const { tenant, id } = known.session;
        if ((await this.#context.store.get(tenant, id)) === undefined) this.#close(known);
        else known.readAtMs = nowMs;
      }),
    );
  }
}
