import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Admit, Principal } from '../../kernel/principal.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import type { CredentialKind, Lookup } from './credential-kind.ts';

/** The one door from a presented credential to a Principal. */
export interface Admission {
  readonly admit: Admit;
  /** Forgets what came of a grant that was revoked; its tokens are looked up again. */
  forget(grantId: string): void;
  /** Forgets everybody of a tenant, and which tokens are wrong: something changed there. */
  forgetTenant(tenant: string): void;
}

/** What admission needs. */
export interface AdmissionOptions {
  /** The kinds of credentials there are; the first that recognises a token is asked. */
  readonly kinds: readonly CredentialKind[];
  readonly now: () => number;
}

interface Believed {
  readonly principal: Principal;
  /** The one place it is good for, or null. */
  readonly resource: string | null;
  /** When the store is asked again, at the latest when the credential ends. */
  readonly untilMs: number;
  /** Until then it is believed when the store cannot be asked, at the latest when it ends. */
  readonly graceEndMs: number;
}

/** Makes the door; it keeps what it learnt in bounded memory. */
export function createAdmission({ kinds, now }: AdmissionOptions): Admission {
  const believed = new RecentMap<string, Believed>(limits.credentialsCachedMax);
  const wrongUntilMs = new RecentMap<string, number>(limits.wrongCredentialsCachedMax);
  const lookups = new Map<string, Promise<Principal>>();
  let forgotten = 0;

  const lookUp = async (kind: CredentialKind, token: string, at: string): Promise<Principal> => {
    let found: Lookup | undefined;
    let forgottenBefore: number;
    do {
      // What was forgotten while the store was answering may have been revoked just after it did.
      forgottenBefore = forgotten;
      found = await kind.lookUp(token, at);
    } while (forgottenBefore !== forgotten);
    const atMs = now();
    if (found === undefined || !isGoodAt(found, at)) {
      wrongUntilMs.set(placed(token, at), atMs + limits.wrongCredentialCacheMs);
      throw new GatewayError('unauthenticated');
    }
    const { principal, resource, endsAtMs } = found;
    const cacheEndMs = atMs + limits.credentialCacheMs;
    const graceEndMs = cacheEndMs + limits.credentialGraceMs;
    believed.set(token, {
      principal,
      resource,
      untilMs: Math.min(cacheEndMs, endsAtMs ?? cacheEndMs),
      graceEndMs: Math.min(graceEndMs, endsAtMs ?? graceEndMs),
    });
    return principal;
  };

  const lookUpOnce = (token: string, at: string): Promise<Principal> => {
    const name = placed(token, at);
    const running = lookups.get(name);
    if (running !== undefined) return running;
    const kind = kinds.find((one) => one.recognises(token));
    if (kind === undefined) throw new GatewayError('unauthenticated');
    const wrongMs = wrongUntilMs.get(name);
    if (wrongMs !== undefined && now() < wrongMs) throw new GatewayError('unauthenticated');
    if (lookups.size >= limits.credentialLookupsMax) throw new GatewayError('too_many');
    const lookup = lookUp(kind, token, at).finally(() => lookups.delete(name));
    lookups.set(name, lookup);
    return lookup;
  };

  return {
    admit: (token, resource) => {
      if (token === undefined) throw new GatewayError('unauthenticated');
      const known = believed.get(token);
      if (known === undefined) return lookUpOnce(token, resource);
      if (!isGoodAt(known, resource)) throw new GatewayError('unauthenticated');
      if (now() < known.untilMs) return known.principal;
      return lookUpOnce(token, resource).catch((error: unknown) =>
        believeOn(believed, token, known, error, now()),
      );
    },
    forget: (grantId) => {
      forgotten++;
      believed.deleteWhere(({ principal }) => principal.grantId === grantId);
    },
    forgetTenant: (tenant) => {
      forgotten++;
      believed.deleteWhere(({ principal }) => principal.tenant === tenant);
      wrongUntilMs.deleteWhere(() => true);
    },
  };
}

function isGoodAt({ resource }: Pick<Lookup, 'resource'>, at: string): boolean {
  return resource === null || resource === at;
}

/** A token at one place: elsewhere it may be good. Neither part holds a line's end. */
function placed(token: string, resource: string): string {
  return `${token}\n${resource}`;
}

/** A credential that is known works on for a while without the store; an unknown one never does. */
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
