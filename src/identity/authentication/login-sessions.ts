import { createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { FindHolder } from '../grants/grant-holders.ts';
import type { Grant, GrantName, GrantStore } from '../grants/store.ts';
import { randomText } from '../keys/random-text.ts';
import type { TokenHash } from '../token-hash.ts';
import type { LoginSession, LoginSessionStore } from './store.ts';

/** A session that was just begun. */
export interface BegunSession {
  readonly session: LoginSession;
  /** The cookie's value, kept nowhere. */
  readonly cookie: string;
}

/** A session that a cookie named. */
export interface OpenSession {
  readonly session: LoginSession;
  readonly principal: Principal;
}

/** Browser logins: an opaque cookie that stands for a grant in one tenant at a time. */
export interface LoginSessions {
  /**
   * Begins one under a new cookie, whatever cookie the browser had. One that a tenant's own
   * provider vouches for (`connectionId`) is good in that tenant alone.
   */
  begin(userId: string, tenant: TenantId, connectionId?: string): Promise<BegunSession>;
  /**
   * The session of a cookie; undefined for one that is wrong, idle too long or over. `actsIn` is
   * another tenant of the user, for this request.
   */
  open(cookie: string, actsIn?: TenantId): Promise<OpenSession | undefined>;
  /** Of one user, the newest first; those that are over left out. */
  list(userId: string): Promise<readonly LoginSession[]>;
  /** Puts another tenant of the user in use. */
  switchTenant(session: LoginSession, tenant: TenantId): Promise<LoginSession>;
  /** Ends one at once; false when the user has none of this id. */
  end(userId: string, id: string): Promise<boolean>;
}

/** What sessions need. */
export interface LoginSessionOptions {
  readonly store: LoginSessionStore;
  readonly grants: GrantStore;
  readonly findHolder: FindHolder;
  readonly hash: TokenHash;
  /** Told of every grant that is revoked. */
  readonly revoked: (grant: GrantName) => void;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

const COOKIE_SHAPE = /^[0-9A-Za-z]{43}$/;
const COOKIE_CHARACTERS = 43;

/** Makes the sessions. */
export function createLoginSessions(options: LoginSessionOptions): LoginSessions {
  const { store, grants, findHolder, hash, revoked, ids, now } = options;
  const list = async (userId: string) =>
    (await store.list(userId)).filter((session) => !hasEnded(session, now()));

  const end = async ({ userId, id, tenant, grantId }: LoginSession): Promise<boolean> => {
    const isEnded = await store.delete(userId, id);
    if (await grants.revoke(tenant, grantId, now())) revoked({ tenant, id: grantId });
    return isEnded;
  };

  const grant = async (
    tenant: TenantId,
    userId: string,
    expiresAtMs: number,
    clientId: string | null = null,
  ): Promise<string> => {
    const made = consoleGrant(ids.next('grt'), tenant, userId, now(), expiresAtMs);
    await grants.insert(tenant, { ...made, clientId });
    return made.id;
  };

  return {
    begin: async (userId, tenant, connectionId) => {
      const cookie = randomText(COOKIE_CHARACTERS);
      const createdAtMs = now();
      const expiresAtMs = createdAtMs + limits.loginSessionMs;
      const session: LoginSession = {
        hash: hash.of(cookie),
        id: ids.next('lgn'),
        userId,
        tenant,
        grantId: await grant(tenant, userId, expiresAtMs, connectionId),
        createdAtMs,
        seenAtMs: createdAtMs,
        expiresAtMs,
      };
      const tooMany = (await list(userId)).slice(limits.loginSessionsPerUserMax - 1);
      for (const old of tooMany) await end(old);
      await store.insert(session);
      return { session, cookie };
    },
    open: async (cookie, actsIn) => {
      const session = await findSession(options, cookie);
      if (session === undefined || hasEnded(session, now())) return undefined;
      if (actsIn !== undefined && !(await mayActIn(grants, session, actsIn))) return undefined;
      const holder = await findHolder(session.tenant, session.grantId, session.id, actsIn);
      if (holder === undefined) return undefined;
      if (now() - session.seenAtMs >= limits.loginSessionSeenMs) {
        await store.seen(session.hash, now());
      }
      return { session, principal: holder.principal };
    },
    list,
    switchTenant: async (session, tenant) => {
      if (!(await mayActIn(grants, session, tenant))) throw boundToTenant();
      const grantId = await grant(tenant, session.userId, session.expiresAtMs);
      if (!(await store.switchTenant(session.hash, tenant, grantId))) {
        throw new GatewayError('unauthenticated');
      }
      const { tenant: before, grantId: id } = session;
      if (await grants.revoke(before, id, now())) revoked({ tenant: before, id });
      return { ...session, tenant, grantId };
    },
    end: async (userId, id) => {
      const session = (await store.list(userId)).find((one) => one.id === id);
      return session === undefined ? false : end(session);
    },
  };
}

function hasEnded({ seenAtMs, expiresAtMs }: LoginSession, nowMs: number): boolean {
  return nowMs >= expiresAtMs || nowMs - seenAtMs >= limits.loginSessionIdleMs;
}

/** Who runs one tenant's provider must not get into another by the people that both have. */
async function mayActIn(
  grants: Pick<GrantStore, 'get'>,
  session: LoginSession,
  tenant: TenantId,
): Promise<boolean> {
  if (tenant === session.tenant) return true;
  return (await grants.get(session.tenant, session.grantId))?.clientId === null;
}

function boundToTenant(): GatewayError {
  const text = 'A login at the provider of one tenant is good there alone; log in anew.';
  return new GatewayError('forbidden', text);
}

/**
 * What a page has to show with every change, besides the cookie that the browser sends by itself.
 * It follows from the cookie, which no page can read, so it can be told again after a reload.
 */
export function csrfToken(cookie: string): string {
  return createHmac('sha256', cookie).update('csrf').digest('base64url');
}

/** True when the token is the one of this cookie. */
export function isCsrfToken(cookie: string, shown: string | undefined): boolean {
  const [right, given] = [Buffer.from(csrfToken(cookie)), Buffer.from(shown ?? '')];
  return right.length === given.length && timingSafeEqual(right, given);
}

async function findSession({ store, hash }: LoginSessionOptions, cookie: string) {
  if (!COOKIE_SHAPE.test(cookie)) return undefined;
  for (const one of hash.all(cookie)) {
    const session = await store.find(one);
    if (session !== undefined) return session;
  }
  return undefined;
}

function consoleGrant(
  id: string,
  tenant: TenantId,
  userId: string,
  createdAtMs: number,
  expiresAtMs: number,
): Grant {
  const whole = { clientId: null, scopes: null, access: [], resource: null, revokedAtMs: null };
  return { id, tenant, userId, kind: 'console', createdAtMs, expiresAtMs, ...whole };
}
