import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Permissions } from '../kernel/permissions.ts';
import type { Admit, Principal } from '../kernel/principal.ts';
import { KEY_SHAPE } from './issue-key.ts';
import { keyHash } from './key-hash.ts';
import { RecentMap } from '../kernel/recent-map.ts';
import type { IdentityStore, KeyHolder } from './store.ts';

/** The one door from a presented credential to a Principal. */
export interface Admission {
  readonly admit: Admit;
  /** Forgets a key that was revoked; from now on its token is looked up again. */
  forget(keyId: string): void;
  /** Forgets every key of a tenant, and which tokens are wrong: keys changed somewhere else. */
  forgetTenant(tenant: string): void;
}

/** What admission needs. */
export interface AdmissionOptions {
  readonly store: IdentityStore;
  readonly keySecret: Buffer;
  /** What the holder of a key may do by it. */
  permissionsOf(holder: KeyHolder): Permissions;
  /** Further secrets of the key ring, under which keys may be stored as well. */
  readonly otherKeySecrets?: readonly Buffer[];
  readonly now: () => number;
}

interface Believed {
  readonly principal: Principal;
  /** When the store is asked again, at the latest when the key expires. */
  readonly untilMs: number;
  /** Until then it is believed when the store cannot be asked, at the latest when it expires. */
  readonly graceEndMs: number;
}

/** Makes the door; it keeps what it learnt in bounded memory. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { store, keySecret, otherKeySecrets = [], now } = options;
  const keySecrets = [keySecret, ...otherKeySecrets];
  const believed = new RecentMap<string, Believed>(limits.credentialsCachedMax);
  const wrongUntilMs = new RecentMap<string, number>(limits.wrongCredentialsCachedMax);
  const lookups = new Map<string, Promise<Principal>>();
  let forgotten = 0;

  const lookUp = async (token: string): Promise<Principal> => {
    let holder: KeyHolder | undefined;
    let forgottenBefore: number;
    do {
      // A key forgotten while the store was answering may have been revoked just after it did.
      forgottenBefore = forgotten;
      holder = await findKey(store, keySecrets, token);
    } while (forgottenBefore !== forgotten);
    const atMs = now();
    if (holder === undefined || !isUsable(holder, atMs)) {
      wrongUntilMs.set(token, atMs + limits.wrongCredentialCacheMs);
      throw new GatewayError('unauthenticated');
    }
    const { key } = holder;
    const principal = principalOf(holder, options.permissionsOf(holder));
    const cacheEndMs = atMs + limits.credentialCacheMs;
    const graceEndMs = cacheEndMs + limits.credentialGraceMs;
    believed.set(token, {
      principal,
      untilMs: Math.min(cacheEndMs, key.expiresAtMs ?? cacheEndMs),
      graceEndMs: Math.min(graceEndMs, key.expiresAtMs ?? graceEndMs),
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
    admit: (token) => {
      if (token === undefined) throw new GatewayError('unauthenticated');
      const known = believed.get(token);
      if (known !== undefined && now() < known.untilMs) return known.principal;
      if (!KEY_SHAPE.test(token)) throw new GatewayError('unauthenticated');
      const wrongMs = wrongUntilMs.get(token);
      if (wrongMs !== undefined && now() < wrongMs) throw new GatewayError('unauthenticated');
      const lookup = lookUpOnce(token);
      if (known === undefined) return lookup;
      return lookup.catch((error: unknown) => believeOn(believed, token, known, error, now()));
    },
    forget: (keyId) => {
      forgotten++;
      believed.deleteWhere(({ principal }) => principal.grantId === keyId);
    },
    forgetTenant: (tenant) => {
      forgotten++;
      believed.deleteWhere(({ principal }) => principal.tenant === tenant);
      wrongUntilMs.deleteWhere(() => true);
    },
  };
}

function principalOf({ key }: KeyHolder, permissions: Permissions): Principal {
  return {
    tenant: key.tenant,
    subject: { kind: 'user', id: key.userId },
    // A key is its own grant: it is given once and never replaced by a newer token.
    grantId: key.id,
    credentialId: key.id,
    permissions,
  };
}

/** The key is stored under the secret that signed when it was made. */
async function findKey(
  store: IdentityStore,
  keySecrets: readonly Buffer[],
  token: string,
): Promise<KeyHolder | undefined> {
  for (const secret of keySecrets) {
    const holder = await store.findKey(keyHash(secret, token));
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** A key that is known works on for a while without the store; an unknown one never does. */
function believeOn(
  believed: RecentMap<string, Believed>,
  token: string,
  known: Believed,
  error: unknown,
  nowMs: number,
): Principal {
  const isAway = error instanceof GatewayError && error.code === 'storage_unavailable';
  const isForgotten = believed.get(token)?.principal !== known.principal;
  if (!isAway || isForgotten || nowMs >= known.graceEndMs) {
    believed.delete(token);
    throw error;
  }
  const untilMs = Math.min(nowMs + limits.credentialCacheMs, known.graceEndMs);
  believed.set(token, { ...known, untilMs });
  return known.principal;
}

function isUsable({ key }: KeyHolder, atMs: number): boolean {
  return key.revokedAtMs === null && (key.expiresAtMs === null || atMs < key.expiresAtMs);
}
