import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Principal } from '../kernel/principal.ts';
import { KEY_SHAPE } from './issue-key.ts';
import { keyHash } from './key-hash.ts';
import { RecentMap } from './recent-map.ts';
import type { IdentityStore, KeyHolder } from './store.ts';

/** The one door from a presented credential to a Principal. */
export interface Authenticator {
  /**
   * Who the token belongs to: at once for a token checked recently, otherwise as a promise.
   * Whatever is wrong with a token, the error is `unauthenticated` with the same text, thrown or
   * rejected; `too_many` when too many unknown tokens are being looked up at once.
   */
  authenticate(token: string | undefined): Principal | Promise<Principal>;
  /** Forgets a key that was revoked; from now on its token is looked up again. */
  forget(keyId: string): void;
}

/** What authentication needs. */
export interface AuthenticatorOptions {
  readonly store: IdentityStore;
  readonly keySecret: Buffer;
  readonly now: () => number;
}

interface Believed {
  readonly principal: Principal;
  /** When the store is asked again, at the latest when the key expires. */
  readonly untilMs: number;
}

/** Makes the door; it keeps what it learnt in bounded memory. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { store, keySecret, now } = options;
  const believed = new RecentMap<string, Believed>(limits.credentialsCachedMax);
  const wrongUntilMs = new RecentMap<string, number>(limits.wrongCredentialsCachedMax);
  const lookups = new Map<string, Promise<Principal>>();
  let forgotten = 0;

  const lookUp = async (token: string): Promise<Principal> => {
    const hash = keyHash(keySecret, token);
    let holder: KeyHolder | undefined;
    let forgottenBefore: number;
    do {
      // A key forgotten while the store was answering may have been revoked just after it did.
      forgottenBefore = forgotten;
      holder = await store.findKey(hash);
    } while (forgottenBefore !== forgotten);
    const atMs = now();
    if (holder === undefined || !isUsable(holder, atMs)) {
      wrongUntilMs.set(token, atMs + limits.wrongCredentialCacheMs);
      throw new GatewayError('unauthenticated');
    }
    const { key, role } = holder;
    const { tenant, userId, id: credentialId } = key;
    const principal: Principal = { tenant, userId, credentialId, role };
    const cacheEndMs = atMs + limits.credentialCacheMs;
    believed.set(token, {
      principal,
      untilMs: Math.min(cacheEndMs, key.expiresAtMs ?? cacheEndMs),
    });
    return principal;
  };

  const lookUpOnce = (token: string): Promise<Principal> => {
    const running = lookups.get(token);
    if (running !== undefined) return running;
    if (lookups.size >= limits.credentialLookupsMax) throw new GatewayError('too_many');
    const lookup = lookUp(token).finally(() => lookups.delete(token));
    lookups.set(token, lookup);
    return lookup;
  };

  return {
    authenticate: (token) => {
      if (token === undefined) throw new GatewayError('unauthenticated');
      const known = believed.get(token);
      if (known !== undefined) {
        if (now() < known.untilMs) return known.principal;
        believed.delete(token);
      }
      if (!KEY_SHAPE.test(token)) throw new GatewayError('unauthenticated');
      const wrongMs = wrongUntilMs.get(token);
      if (wrongMs !== undefined && now() < wrongMs) throw new GatewayError('unauthenticated');
      return lookUpOnce(token);
    },
    forget: (keyId) => {
      forgotten++;
      believed.deleteWhere(({ principal }) => principal.credentialId === keyId);
    },
  };
}

function isUsable({ key }: KeyHolder, atMs: number): boolean {
  return key.revokedAtMs === null && (key.expiresAtMs === null || atMs < key.expiresAtMs);
}
