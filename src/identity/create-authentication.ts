import type { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { Mailer } from '../kernel/egress.ts';
import type { Principal } from '../kernel/principal.ts';
import { Seal, type SealKey } from '../kernel/seal.ts';
import { createInvitations, type Invitations } from './authentication/invitations.ts';
import { createLockout, type Lockout } from './authentication/lockout.ts';
import { createLoginSessions, type LoginSessions } from './authentication/login-sessions.ts';
import { createOneTimeLinks } from './authentication/one-time-links.ts';
import { createPasswordChanges, type PasswordChanges } from './authentication/password-changes.ts';
import { createPasswords, type Passwords } from './authentication/passwords.ts';
import type { People } from './authentication/people.ts';
import { createSecondFactors, type SecondFactors } from './authentication/second-factors.ts';
import { createSignIn, type SignIn } from './authentication/sign-in.ts';
import type {
  AttemptStore,
  LoginSessionStore,
  OneTimeTokenStore,
  SecondFactorStore,
} from './authentication/store.ts';
import {
  createFindHolder,
  type FindHolder,
  type PermissionsOfGrant,
} from './grants/grant-holders.ts';
import type { GrantName, GrantStore } from './grants/store.ts';
import { createTokenHash } from './token-hash.ts';
import { createAccessTokens, type AccessTokens } from './tokens/access-tokens.ts';
import { createLoginTokens, type LoginTokenService } from './tokens/login-tokens.ts';
import { createSigningKeys, type SigningKeys } from './tokens/signing-keys.ts';
import type { RefreshTokenStore, SigningKeyStore } from './tokens/store.ts';

/** The stores of signing in. */
export interface AuthenticationStores {
  readonly grants: GrantStore;
  readonly refreshTokens: RefreshTokenStore;
  readonly signingKeys: SigningKeyStore;
  readonly loginSessions: LoginSessionStore;
  readonly secondFactors: SecondFactorStore;
  readonly oneTimeTokens: OneTimeTokenStore;
  readonly attempts: AttemptStore;
}

/** What signing in needs from the rest of the gateway. */
export interface AuthenticationOptions {
  readonly stores: AuthenticationStores;
  readonly people: People;
  /** What a grant's user may do by it now; undefined for one who may not act in the tenant. */
  readonly permissionsOf: PermissionsOfGrant;
  readonly sealRing: readonly SealKey[];
  /** The gateway's base URL, without a slash at the end. */
  readonly baseUrl: () => string;
  /** Told of every grant that is revoked. */
  readonly revoked: (grant: GrantName) => void;
  /** undefined without a mail server. */
  readonly mailer: Mailer | undefined;
  /** Hashes passwords; argon2id when absent. */
  readonly passwords?: Passwords;
  readonly ids: IdSource;
  readonly log: Log;
  readonly now: () => number;
}

/** How people show who they are, and what they get for it. */
export interface Authentication {
  readonly people: People;
  readonly signIn: SignIn;
  readonly lockout: Lockout;
  readonly findHolder: FindHolder;
  readonly signingKeys: SigningKeys;
  readonly accessTokens: AccessTokens;
  readonly loginTokens: LoginTokenService;
  readonly sessions: LoginSessions;
  readonly secondFactors: SecondFactors;
  readonly passwordChanges: PasswordChanges;
  readonly invitations: Invitations;
  /** Whether a person acts by a login of its own: no key, and no program it let in. */
  isLogin(principal: Principal): Promise<boolean>;
  /** The gateway's base URL, without a slash at the end. */
  baseUrl(): string;
  /** Whether there is a mail server. */
  readonly sendsMail: boolean;
}

/** Puts the parts of signing in together. */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { stores, people, sealRing, baseUrl, mailer, ids, now } = options;
  const hash = createTokenHash(sealRing);
  const passwords = options.passwords ?? createPasswords();
  const findHolder = createFindHolder({ ...options, store: stores.grants });
  const lockout = createLockout({ store: stores.attempts, hash, now });
  const signingKeys = createSigningKeys({
    store: stores.signingKeys,
    seal: new Seal(sealRing, 'signing key'),
    ids,
    now,
  });
  const accessTokens = createAccessTokens({ keys: signingKeys, issuer: baseUrl, ids, now });
  const secondFactors = createSecondFactors({
    store: stores.secondFactors,
    seal: new Seal(sealRing, 'second factor'),
    hash,
    issuer: 'MCP Gateway',
    now,
  });
  const links = createOneTimeLinks({ store: stores.oneTimeTokens, hash, ids, now });
  const shared = { ...options, hash, passwords, findHolder, lockout, links };
  const withLinks = { ...shared, linkStore: stores.oneTimeTokens, grants: stores.grants };
  return {
    people,
    signIn: createSignIn({ ...shared, secondFactors }),
    lockout,
    findHolder,
    signingKeys,
    accessTokens,
    loginTokens: createLoginTokens({
      ...withLinks,
      tokens: stores.refreshTokens,
      access: accessTokens,
      seal: new Seal(sealRing, 'refresh token'),
    }),
    sessions: createLoginSessions({ ...withLinks, store: stores.loginSessions }),
    secondFactors,
    passwordChanges: createPasswordChanges({
      ...withLinks,
      resetUrl: (token) => resetUrl(baseUrl(), token),
    }),
    invitations: createInvitations({
      ...withLinks,
      invitationUrl: (token) => invitationUrl(baseUrl(), token),
    }),
    isLogin: async ({ tenant, grantId }) => {
      const grant = await stores.grants.get(tenant, grantId);
      return grant?.kind === 'login' || grant?.kind === 'console';
    },
    baseUrl,
    sendsMail: mailer !== undefined,
  };
}

/** Where an invitation is opened; the part behind # reaches no server and no log. */
export function invitationUrl(baseUrl: string, token: string): string {
  return `${baseUrl}/console/#invitation=${token}`;
}

/** Where a new password is set, likewise. */
export function resetUrl(baseUrl: string, token: string): string {
  return `${baseUrl}/console/#reset=${token}`;
}
