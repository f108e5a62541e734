import { randomUUID } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import { ConnectionNeeded, type RefusedCredential } from '../../kernel/oauth/upstream-oauth.ts';
import type { ConnectedService } from './connected-service.ts';
import { readChallenge } from './oauth/challenge.ts';
import type { OAuthClient } from './oauth/oauth-client.ts';
import type { Connection, ConnectionStore, VaultRow } from '../store.ts';
import type { Vault } from './vault.ts';

/** What is sealed of a connection. */
export interface HeldTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Proves who the user is, for grants that are asked for in exchange for it. */
  readonly subjectToken?: string | undefined;
  readonly gotAtMs: number;
}

/** A connection with its tokens opened. */
export interface HeldConnection {
  readonly connection: Connection;
  readonly tokens: HeldTokens;
}

/** Gets tokens anew for a connection that has none that are good. */
export type Renew = (
  service: ConnectedService,
  held: HeldConnection,
) => Promise<HeldConnection | undefined>;

/** What user tokens are made from. */
export interface UserTokensContext {
  readonly store: ConnectionStore;
  readonly vault: Vault;
  oauth(): Promise<OAuthClient>;
  readonly renew: Renew;
  /** Told when a connection was changed, so that other instances hear of it. */
  changed(tenant: TenantId): void;
  now(): number;
}

const BUSY_LOOK_MS = 100;
/** A token that is refused this soon after it was renewed will not get better. */
const FRESH_MS = 10_000;

/** The users' own tokens for services, renewed when they end, by one instance at a time. */
export class UserTokens {
  readonly #context: UserTokensContext;
  readonly #holder = randomUUID();
  readonly #kept = new RecentMap<string, HeldConnection>(limits.connectionsCachedMax);
  readonly #renewing = new Map<string, Promise<HeldConnection>>();
  /** Grows with everything that is forgotten: what was read before is not kept after. */
  #generation = 0;

  constructor(context: UserTokensContext) {
    this.#context = context;
  }

  /** The id of the user's account at the service; '' when there is none. */
  async account(service: ConnectedService, userId: string): Promise<string> {
    return (await this.#find(service, userId))?.connection.id ?? '';
  }

  /**
   * A token of the user for the service; `refused` is the one before, which is renewed. Throws
   * ConnectionNeeded when the user has to connect, for the first time or with more scopes.
   */
  async token(
    service: ConnectedService,
    userId: string,
    refused?: RefusedCredential,
  ): Promise<string> {
    const held = await this.#find(service, userId);
    if (held === undefined || held.connection.status !== 'active') throw needed(service);
    const { connection, tokens } = held;
    if (refused?.token === tokens.accessToken)
      return await this.#afterRefusal(service, held, refused);
    const { expiresAtMs } = connection;
    const isEnding =
      expiresAtMs !== null && expiresAtMs - limits.tokenEarlyMs <= this.#context.now();
    return isEnding ? (await this.#renewed(service, held)).tokens.accessToken : tokens.accessToken;
  }

  /** A connection with its tokens, as the store has it. */
  async open(connection: Connection): Promise<HeldConnection | undefined> {
    const text = await this.#context.vault.read(tokensRow(connection));
    if (text === undefined) return undefined;
    return { connection, tokens: JSON.parse(text) as HeldTokens };
  }

  /** Seals what a connection holds. */
  async seal({ connection, tokens }: HeldConnection): Promise<string> {
    return await this.#context.vault.seal(tokensRow(connection), JSON.stringify(tokens));
  }

  /** A tenant's connections may have changed. */
  forget(tenant: TenantId): void {
    this.#generation++;
    this.#kept.deleteWhere(({ connection }) => connection.tenant === tenant);
  }

  async #find(service: ConnectedService, userId: string): Promise<HeldConnection | undefined> {
    const { tenant, id } = service;
    const key = `${tenant}\n${userId}\n${id}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const generation = this.#generation;
    const connection = await this.#context.store.find(tenant, userId, id);
    const held = connection === undefined ? undefined : await this.open(connection);
    if (held !== undefined && generation === this.#generation) this.#kept.set(key, held);
    return held;
  }

  async #afterRefusal(
    service: ConnectedService,
    held: HeldConnection,
    refused: RefusedCredential,
  ): Promise<string> {
    const { scopes: wanted } = readChallenge(refused.challenge);
    if (refused.status === 403) {
      const granted = held.connection.scopes;
      if (wanted.every((scope) => granted.includes(scope))) {
        // Asking the user again would bring the same token: nothing is gained by a loop.
        const text = 'The service refuses the account although it has what the service asks for.';
        throw new GatewayError('upstream_failed', text);
      }
      throw needed(service, [...new Set([...granted, ...wanted])], refused.challenge);
    }
    const isFresh = held.tokens.gotAtMs + FRESH_MS > this.#context.now();
    const renewed = isFresh ? undefined : await this.#renewed(service, held).catch(notNeeded);
    if (renewed !== undefined) return renewed.tokens.accessToken;
    await this.#context.store.expire(held.connection, this.#context.now());
    this.#changed(service.tenant);
    throw needed(service, [], refused.challenge);
  }

  /** Renews once, however many requests of this instance want it. */
  #renewed(service: ConnectedService, held: HeldConnection): Promise<HeldConnection> {
    const { id } = held.connection;
    let running = this.#renewing.get(id);
    if (running === undefined) {
      running = this.#renewAlone(service, held).finally(() => this.#renewing.delete(id));
      this.#renewing.set(id, running);
    }
    return running;
  }

  /** Renews under the lock of the row; whoever comes later takes what the first one got. */
  async #renewAlone(service: ConnectedService, held: HeldConnection): Promise<HeldConnection> {
    const { store, now } = this.#context;
    const { connection } = held;
    const untilMs = now() + 2 * limits.tokenRefreshMs;
    for (;;) {
      const claim = await store.claimRefresh(connection, this.#holder, limits.tokenRefreshMs);
      if (claim === 'claimed') break;
      if (claim === 'changed') return await this.#latest(service, connection);
      if (now() > untilMs) throw new GatewayError('upstream_timeout');
      await new Promise((resolve) => setTimeout(resolve, BUSY_LOOK_MS));
    }
    try {
      const fresh = await this.#context.renew(service, held);
      const isKept =
        fresh === undefined
          ? await store.expire(connection, now())
          : await store.renew(fresh.connection, await this.seal(fresh));
      this.#changed(service.tenant);
      if (!isKept) return await this.#latest(service, connection);
      if (fresh === undefined) throw needed(service);
      return { ...fresh, connection: { ...fresh.connection, version: connection.version + 1 } };
    } catch (error) {
      await store.releaseRefresh(connection, this.#holder);
      throw error;
    }
  }

  async #latest(service: ConnectedService, { userId }: Connection): Promise<HeldConnection> {
    this.#changed(service.tenant);
    const held = await this.#find(service, userId);
    if (held === undefined || held.connection.status !== 'active') throw needed(service);
    return held;
  }

  #changed(tenant: TenantId): void {
    this.forget(tenant);
    this.#context.changed(tenant);
  }
}

/** The row of a connection's tokens. */
export function tokensRow({ tenant, userId, serviceId }: Connection): VaultRow {
  return { tenant, owner: userId, serviceId, name: 'tokens' };
}

/** The error that sends a user to connect an account. */
export function needed(
  { title }: ConnectedService,
  scopes: readonly string[] = [],
  challenge?: string,
): ConnectionNeeded {
  const more = scopes.length === 0 ? '' : ' It has to be allowed to do more than so far.';
  const text = `This needs your account at ${title}; connect it first.${more}`;
  return new ConnectionNeeded(text, scopes, challenge);
}

function notNeeded(error: unknown): undefined {
  if (error instanceof ConnectionNeeded) return undefined;
  throw error;
}
