import { createHash, randomBytes } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { ConnectionNeeded } from '../../kernel/oauth/upstream-oauth.ts';
import type { ConnectedService } from './connected-service.ts';
import { readChallenge } from './oauth/challenge.ts';
import type { RegisteredClient } from './oauth/client.ts';
import type { OAuthClient } from './oauth/oauth-client.ts';
import type { TokenSet } from './oauth/tokens.ts';
import type { Connection, ConnectionStore, ConnectState, VaultRow } from '../store.ts';
import { newestScopes } from './wanted-scopes.ts';
import type { HeldConnection, UserTokens } from './user-tokens.ts';
import type { Vault } from './vault.ts';

/** What connecting is made from. */
export interface ConnectionsContext {
  readonly store: ConnectionStore;
  readonly vault: Vault;
  readonly tokens: UserTokens;
  readonly ids: IdSource;
  readonly log: Log;
  oauth(): Promise<OAuthClient>;
  /** The service as it is now, or undefined when it is gone or wants no connection. */
  service(tenant: TenantId, serviceId: string): ConnectedService | undefined;
  /** What a service said when it last refused a request without a token. */
  challengeOf(service: ConnectedService): Promise<string | undefined>;
  /** The gateway's address for users, without a slash at its end. */
  publicUrl(): string;
  /** Told that a user has connected an account. */
  made(tenant: TenantId, serviceId: string): void;
  changed(tenant: TenantId): void;
  now(): number;
}

/** What the page shows, before anything happens. */
export interface ConnectPage {
  readonly userId: string;
  readonly tenant: TenantId;
  readonly service: string;
}

/** Where the user goes from the page, and what proves at the end that it is the same browser. */
export interface Departure {
  readonly url: string;
  readonly browser: string;
}

/** What is sealed in a state. */
interface PageSecrets {
  readonly scopes: readonly string[];
  readonly challenge: string | undefined;
}

interface CallbackSecrets {
  readonly verifier: string;
  readonly issuer: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly client: RegisteredClient;
  readonly browserHash: string;
}

/** Users' accounts at services: how one is connected, shown and given up. */
export class Connections {
  readonly #context: ConnectionsContext;

  constructor(context: ConnectionsContext) {
    this.#context = context;
  }

  /** A new address at which this user, and nobody else, connects an account. */
  async begin(principal: Principal, service: ConnectedService, need?: ConnectionNeeded) {
    if (service.oauth.grant !== 'authorization_code') throw needsSubject(service);
    const { scopes = [], challenge } = need ?? {};
    const secrets: PageSecrets = {
      scopes,
      challenge: challenge ?? (await this.#context.challengeOf(service)),
    };
    const state = token();
    const owner = { tenant: principal.tenant, userId: principal.subject.id };
    const whose = { ...owner, grantId: principal.grantId, serviceId: service.id };
    const expiresAtMs = await this.#addState(state, 'page', whose, secrets);
    return { url: `${this.#context.publicUrl()}/connect/${state}`, expiresAtMs };
  }

  /** What the page at an address shows. Throws `not_found` when it is used up or too old. */
  async page(state: string): Promise<ConnectPage> {
    const found = await this.#context.store.getState(hashOf(state), 'page');
    const { tenant, userId, serviceId } = this.#fresh(found);
    const service = this.#service(tenant, serviceId);
    return { userId, tenant, service: service.title };
  }

  /** The user said yes on the page: from here the address is used up. Throws GatewayError. */
  async depart(state: string): Promise<Departure> {
    const taken = this.#fresh(await this.#context.store.takeState(hashOf(state), 'page'));
    const page = await this.#unsealed<PageSecrets>(taken);
    const service = this.#service(taken.tenant, taken.serviceId);
    const oauth = await this.#context.oauth();
    const challenge = readChallenge(page.challenge);
    const target = await oauth.discover(service, challenge);
    const client = await oauth.clientOf(service, target.server);
    const scopes = newestScopes(service.oauth, page.scopes, challenge, target);
    const [next, verifier, browser] = [token(), token(), token()];
    const secrets: CallbackSecrets = {
      verifier,
      issuer: target.server.issuer,
      resource: target.resource,
      scopes,
      client,
      browserHash: hashOf(browser),
    };
    const url = await oauth.authorizationUrl(target, client, { state: next, verifier, scopes });
    await this.#addState(next, 'callback', taken, secrets);
    return { url: url.href, browser };
  }

  /**
   * The browser came back: with a state that was given to it, and once (2026-07-28
   * basic/authorization/security-considerations). Throws GatewayError; nothing is asked of the
   * authorization server then.
   */
  async arrive(parameters: URLSearchParams, browser: string | undefined): Promise<ConnectPage> {
    const state = parameters.get('state') ?? '';
    const known = this.#fresh(await this.#context.store.getState(hashOf(state), 'callback'));
    const secrets = await this.#unsealed<CallbackSecrets>(known);
    if (browser === undefined || hashOf(browser) !== secrets.browserHash) throw unknownState();
    const taken = this.#fresh(await this.#context.store.takeState(hashOf(state), 'callback'));
    const service = this.#service(taken.tenant, taken.serviceId);
    const oauth = await this.#context.oauth();
    const server = await oauth.serverOf(service, secrets.issuer);
    const tokens = await oauth
      .redeem(server, secrets.client, { parameters, state }, secrets)
      .catch((cause: unknown) => {
        this.#context.log.warn({ service: service.slug, error: textOf(cause) }, 'not connected');
        throw cause instanceof GatewayError ? cause : refusedAnswer(cause);
      });
    const { tenant, userId } = taken;
    await this.keep(service, userId, tokens, secrets);
    return { userId, tenant, service: service.title };
  }

  /** Keeps a user's tokens for a service, in the place of those there were. */
  async keep(
    service: ConnectedService,
    userId: string,
    tokens: TokenSet,
    { issuer, resource, scopes }: Pick<CallbackSecrets, 'issuer' | 'resource' | 'scopes'>,
    subjectToken?: string,
  ): Promise<Connection> {
    const { store, now, ids } = this.#context;
    const { tenant, id: serviceId } = service;
    const { accessToken, refreshToken, expiresAtMs } = tokens;
    const connection: Connection = {
      id: ids.next('con'),
      tenant,
      userId,
      serviceId,
      issuer,
      resource,
      scopes: tokens.scopes ?? scopes,
      status: 'active',
      expiresAtMs,
      createdAtMs: now(),
      updatedAtMs: now(),
      version: 1,
    };
    const held = { accessToken, refreshToken, subjectToken, gotAtMs: now() };
    await store.put(connection, await this.#context.tokens.seal({ connection, tokens: held }));
    this.#changed(tenant);
    this.#context.made(tenant, serviceId);
    return connection;
  }

  list(tenant: TenantId, userId: string): Promise<readonly Connection[]> {
    return this.#context.store.list(tenant, userId);
  }

  /**
   * Forgets a user's own connection, and tells the authorization server where that is possible;
   * false when the user has no such connection.
   */
  async remove(tenant: TenantId, userId: string, id: string): Promise<boolean> {
    const { store, tokens } = this.#context;
    const connection = await store.get(tenant, id);
    if (connection?.userId !== userId) return false;
    const held = await tokens.open(connection);
    if (!(await store.remove(tenant, id))) return false;
    this.#changed(tenant);
    // Forgotten is forgotten, whatever the server says.
    if (held !== undefined) await this.#revoke(held).catch((error: unknown) => this.#note(error));
    return true;
  }

  async #revoke({ connection, tokens }: HeldConnection): Promise<void> {
    const { tenant, serviceId, issuer } = connection;
    const service = this.#context.service(tenant, serviceId);
    if (service === undefined) return;
    const { refreshToken, accessToken } = tokens;
    const oauth = await this.#context.oauth();
    if (refreshToken !== undefined) {
      await oauth.revoke(service, issuer, { token: refreshToken, hint: 'refresh_token' });
    }
    await oauth.revoke(service, issuer, { token: accessToken, hint: 'access_token' });
  }

  #note(error: unknown): void {
    this.#context.log.warn({ error: textOf(error) }, 'a token could not be revoked at its issuer');
  }

  async #addState(
    state: string,
    step: ConnectState['step'],
    whose: Pick<ConnectState, 'tenant' | 'userId' | 'grantId' | 'serviceId'>,
    secrets: PageSecrets | CallbackSecrets,
  ): Promise<number> {
    const { store, vault, now } = this.#context;
    const { tenant, userId, grantId, serviceId } = whose;
    const [hash, createdAtMs] = [hashOf(state), now()];
    const expiresAtMs = createdAtMs + limits.connectStateMs;
    const sealed = await vault.seal(stateRow({ ...whose, hash, step }), JSON.stringify(secrets));
    const row = { hash, tenant, userId, grantId, serviceId, step, sealed };
    await store.addState({ ...row, createdAtMs, expiresAtMs }, limits.connectStatesPerUserMax);
    return expiresAtMs;
  }

  async #unsealed<Secrets>(state: ConnectState): Promise<Secrets> {
    const text = await this.#context.vault.unseal(stateRow(state), state.sealed);
    if (text === undefined) throw unknownState();
    return JSON.parse(text) as Secrets;
  }

  #fresh(state: ConnectState | undefined): ConnectState {
    if (state === undefined || state.expiresAtMs <= this.#context.now()) throw unknownState();
    return state;
  }

  #service(tenant: TenantId, serviceId: string): ConnectedService {
    const service = this.#context.service(tenant, serviceId);
    if (service === undefined) throw unknownState();
    return service;
  }

  #changed(tenant: TenantId): void {
    this.#context.tokens.forget(tenant);
    this.#context.changed(tenant);
  }
}

/** 256 random bits as a text for addresses. */
function token(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A state is bound to whose it is: another user's row does not open with it. */
function stateRow(
  state: Pick<ConnectState, 'tenant' | 'userId' | 'grantId' | 'serviceId' | 'hash' | 'step'>,
): VaultRow {
  const { tenant, userId, grantId, serviceId, hash, step } = state;
  return { tenant, owner: userId, serviceId, name: [step, grantId, hash].join('\n') };
}

/** The error for an address that is unknown, used up, too old, or another browser's. */
export function unknownState(): GatewayError {
  const text = 'This address is not good any more, or not in this browser; ask for a new one.';
  return new GatewayError('not_found', text);
}

function needsSubject({ title }: ConnectedService): GatewayError {
  return new GatewayError(
    'connection_required',
    `The account at ${title} is connected with a token that says who you are: send it as ` +
      'subjectToken to POST /api/v1/connections.',
  );
}

function refusedAnswer(cause: unknown): GatewayError {
  const text = 'The authorization server did not agree, or its answer cannot be trusted.';
  return new GatewayError('upstream_failed', text, { cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}
