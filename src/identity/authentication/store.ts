import type { JsonObject } from '../../kernel/json.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** A browser's login; the cookie itself is stored nowhere. */
export interface LoginSession {
  /** HMAC-SHA-256 of the cookie's value under the gateway's secret, hexadecimal. */
  readonly hash: string;
  readonly id: string;
  readonly userId: string;
  /** The tenant in use. */
  readonly tenant: TenantId;
  readonly grantId: string;
  readonly createdAtMs: number;
  readonly seenAtMs: number;
  readonly expiresAtMs: number;
}

/** Browser sessions, of all tenants: a person has them, and the cookie names one. */
export interface LoginSessionStore {
  insert(session: LoginSession): Promise<void>;
  find(hash: string): Promise<LoginSession | undefined>;
  /** Of one user, the newest first. */
  list(userId: string): Promise<readonly LoginSession[]>;
  /** Notes a request; false when the session is gone. */
  seen(hash: string, seenAtMs: number): Promise<boolean>;
  /** Puts a grant of another tenant in the place of the session's; false when it is gone. */
  switchTenant(hash: string, tenant: TenantId, grantId: string): Promise<boolean>;
  delete(userId: string, id: string): Promise<boolean>;
}

/** A user's one-time codes by an app (RFC 6238). */
export interface SecondFactor {
  readonly userId: string;
  readonly secretSealed: string;
  /** The last time step whose code was accepted. */
  readonly lastStep: number;
  /** When its first code was shown to work; null before. */
  readonly confirmedAtMs: number | null;
  /** Hashes of the recovery codes that are left. */
  readonly recoveryHashes: readonly string[];
}

/** Second factors. */
export interface SecondFactorStore {
  get(userId: string): Promise<SecondFactor | undefined>;
  /** Keeps a factor that is not confirmed; false when there is one that is. */
  enrol(factor: SecondFactor): Promise<boolean>;
  /** Confirms a factor by a step; false when it is gone, or was confirmed meanwhile. */
  confirm(
    userId: string,
    step: number,
    atMs: number,
    recovery: readonly string[],
  ): Promise<boolean>;
  /** Takes a step later than all before; false when this or a later one was taken. */
  takeStep(userId: string, step: number): Promise<boolean>;
  /** Takes a recovery code away; false when it is not among those left. */
  takeRecovery(userId: string, hash: string): Promise<boolean>;
  remove(userId: string): Promise<boolean>;
}

/** What a link is for. */
export type OneTimeKind = 'invitation' | 'password_reset' | 'sso_state' | 'sso_logout';

/** A link that works once. */
export interface OneTimeToken {
  readonly hash: string;
  readonly id: string;
  readonly kind: OneTimeKind;
  readonly userId: string | null;
  readonly tenant: TenantId | null;
  readonly data: JsonObject;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Links that work once. */
export interface OneTimeTokenStore {
  insert(token: OneTimeToken): Promise<void>;
  /** One that is neither used nor out of time. */
  find(hash: string, kind: OneTimeKind, nowMs: number): Promise<OneTimeToken | undefined>;
  /** Uses one; undefined when it is not known, used or out of time. Of several at once one wins. */
  take(hash: string, kind: OneTimeKind, nowMs: number): Promise<OneTimeToken | undefined>;
  /** Those of a tenant that still work, the newest first. */
  list(tenant: TenantId, kind: OneTimeKind, nowMs: number): Promise<readonly OneTimeToken[]>;
  /** Withdraws one; false when the tenant has none of this id that works. */
  withdraw(tenant: TenantId, id: string, nowMs: number): Promise<boolean>;
  /** Withdraws those of a user. */
  withdrawOfUser(userId: string, kind: OneTimeKind, nowMs: number): Promise<void>;
}

/** What is counted: an account or an address, and how many attempts are free. */
export interface AttemptKey {
  readonly key: string;
  readonly freeMax: number;
}

/** Attempts to sign in that are not known to be right. */
export interface AttemptStore {
  /**
   * Counts an attempt under every key, or under none when one of them has to wait: until when,
   * epoch milliseconds, and which key.
   */
  begin(
    keys: readonly AttemptKey[],
    nowMs: number,
  ): Promise<{ readonly key: string; readonly untilMs: number } | undefined>;
  /** The attempt was right: forgets `account` and takes the attempt back from `address`. */
  succeed(account: string, address: AttemptKey): Promise<void>;
}

/** Rows of every kind of sign-in that have had their time. */
export interface SignInSweepStore {
  deleteExpired(nowMs: number): Promise<void>;
}
