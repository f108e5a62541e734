import { GatewayError } from '../../kernel/errors.ts';
import { type JsonObject, stringMember } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { OneTimeLinks } from '../authentication/one-time-links.ts';
import { randomText } from '../keys/random-text.ts';
import type { TokenHash } from '../token-hash.ts';
import { ownAddress } from './own-path.ts';
import type { SsoClient, SsoProviders } from './provider.ts';
import { hasRequired, rolesOf } from './roles-of.ts';
import { openSecret } from './seal-secret.ts';
import type { SsoConnection, SsoConnectionStore, SsoLoginStore } from './store.ts';

/** Who a subject of a provider is to become. */
export interface SsoSubject {
  readonly issuer: string;
  readonly subject: string;
  readonly tenant: TenantId;
  readonly name: string;
  /** Roles it has from now on; undefined where the tenant gives them itself. */
  readonly roles: readonly string[] | undefined;
}

/** A way to a provider that has begun. */
export interface BegunSso {
  readonly url: string;
  readonly state: string;
  /** What the browser keeps, so that no other can come back with its answer. */
  readonly browser: string;
}

/** A person who has signed in at a provider. */
export interface SsoSignedIn {
  readonly userId: string;
  readonly tenant: TenantId;
  readonly connectionId: string;
  /** Where it goes on to. */
  readonly next: string;
}

/** Signing in at a tenant's own provider. */
export interface Sso {
  /** Throws `not_found` where there is no such connection in use. */
  start(connectionId: string, next: string | undefined): Promise<BegunSso>;
  /** The connection of an e-mail address's domain, by its id. */
  discover(email: string): Promise<string | undefined>;
  /** Takes the answer of a provider; `browser` is what the browser kept for that state. */
  finish(answer: URLSearchParams, browser: string | undefined): Promise<SsoSignedIn>;
}

/** What signing in at providers needs. */
export interface SsoOptions {
  readonly connections: Pick<SsoConnectionStore, 'find' | 'findByDomain'>;
  readonly logins: Pick<SsoLoginStore, 'put'>;
  readonly links: Pick<OneTimeLinks, 'make' | 'take'>;
  readonly providers: SsoProviders;
  readonly seal: Seal;
  readonly hash: TokenHash;
  readonly baseUrl: () => string;
  /** Whether a subject is a user already. */
  isLinked(issuer: string, subject: string): Promise<boolean>;
  /** The user that a subject is, made when it is new; undefined for who may not act here. */
  link(subject: SsoSubject): Promise<string | undefined>;
  readonly now: () => number;
}

const TOKEN_CHARACTERS = 43;

/** Makes it. */
export function createSso(options: SsoOptions): Sso {
  const { connections, links, providers, seal, hash, baseUrl } = options;
  const inUse = async (id: string): Promise<SsoConnection> => {
    const connection = await connections.find(id);
    if (connection?.enabled === true) return connection;
    throw new GatewayError('not_found', 'There is no such way to sign in.');
  };
  const clientOf = (connection: SsoConnection): SsoClient => ({
    issuer: connection.issuer,
    clientId: connection.clientId,
    secret: openSecret(seal, connection),
    redirectUri: `${baseUrl()}/auth/sso/callback`,
  });
  return {
    start: async (connectionId, next) => {
      const connection = await inUse(connectionId);
      const [nonce, verifier, browser] = [secret(), secret(), secret()];
      const address = ownAddress(next, baseUrl());
      const { token: state } = await links.make({
        kind: 'sso_state',
        userId: null,
        tenant: connection.tenant,
        data: {
          connectionId,
          browserHash: hash.of(browser),
          next: address,
          sealed: seal.seal(JSON.stringify({ nonce, verifier }), connectionId),
        },
        lifeMs: limits.ssoStateMs,
      });
      const checks = { state, nonce, verifier };
      return { url: await providers.authorizeUrl(clientOf(connection), checks), state, browser };
    },
    discover: async (email) => {
      const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
      return (await connections.findByDomain(domain))?.id;
    },
    finish: async (answer, browser) => {
      const state = answer.get('state') ?? '';
      const way = await links.take(state, 'sso_state');
      const { browserHash } = way?.data ?? {};
      const kept = (name: string): string => stringMember(way?.data, name) ?? '';
      // The state is used up even so: whoever has it in another browser gets no second try.
      if (browser === undefined || !hash.all(browser).some((one) => one === browserHash)) {
        const text = 'This way to sign in has ended, or began in another browser; begin again.';
        throw new GatewayError('forbidden', text);
      }
      const connection = await inUse(kept('connectionId'));
      const opened = JSON.parse(seal.open(kept('sealed'), connection.id) ?? '{}') as JsonObject;
      const [nonce = '', verifier = ''] = ['nonce', 'verifier'].map((one) =>
        stringMember(opened, one),
      );
      const checks = { state, nonce, verifier };
      const claims = await providers.claims(clientOf(connection), answer, checks);
      const userId = await signIn(options, connection, claims);
      const { tenant } = connection;
      return { userId, tenant, connectionId: connection.id, next: kept('next') };
    },
  };
}

/** How a session of a provider is found again. */
export function sessionName(connectionId: string, sessionId: string): string {
  return JSON.stringify([connectionId, sessionId]);
}

async function signIn(
  { link, isLinked, logins, hash, now }: SsoOptions,
  connection: SsoConnection,
  claims: JsonObject,
): Promise<string> {
  const { issuer, tenant, jit, groupsClaim } = connection;
  const subject = stringMember(claims, 'sub') ?? '';
  const isKnown = await isLinked(issuer, subject);
  const mayEnter = subject !== '' && (isKnown || jit) && hasRequired(claims, connection);
  // Without groups the provider says nothing about roles; what an administrator gave stays.
  const roles = isKnown && groupsClaim === null ? undefined : rolesOf(claims, connection);
  const name = nameOf(claims, subject);
  const userId = mayEnter ? await link({ issuer, subject, tenant, name, roles }) : undefined;
  if (userId === undefined) {
    throw new GatewayError('forbidden', 'You are signed in there, but are no user of this tenant.');
  }
  const sid = claims['sid'];
  if (typeof sid === 'string' && sid !== '') {
    const expiresAtMs = now() + limits.loginSessionMs;
    await logins.put({ hash: hash.of(sessionName(connection.id, sid)), userId, expiresAtMs });
  }
  return userId;
}

function nameOf(claims: JsonObject, subject: string): string {
  const named = ['name', 'preferred_username', 'email'].map((one) => stringMember(claims, one));
  const name = named.find((one) => one !== undefined && one.trim() !== '') ?? subject;
  return name.slice(0, limits.titleLengthMax);
}

function secret(): string {
  return randomText(TOKEN_CHARACTERS);
}
