import type { Authentication } from '../../identity/create-authentication.ts';
import { createOneTimeLinks } from '../../identity/authentication/one-time-links.ts';
import { createSso, type Sso } from '../../identity/sso/create-sso.ts';
import {
  createDomainProof,
  type DomainProof,
  type LookupTxt,
} from '../../identity/sso/domain-proof.ts';
import { createSsoLogout } from '../../identity/sso/logout.ts';
import { createProviderKeySets } from '../../identity/sso/provider-keys.ts';
import { createSsoProviders } from '../../identity/sso/provider.ts';
import type { GrantName } from '../../identity/store.ts';
import { createTokenHash } from '../../identity/token-hash.ts';
import type { Egress } from '../../kernel/egress.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import { isBuiltInRole } from '../../policy/role-permissions.ts';
import type { Storage } from '../../storage/storage.ts';
import { createIdentityLinks } from './link-identity.ts';

/** What signing in at providers stands on. */
export interface SsoBase {
  readonly storage: Storage;
  readonly authentication: Pick<Authentication, 'baseUrl'>;
  readonly sealRing: readonly SealKey[];
  /** Reaches providers, as it reaches services. */
  readonly egress: Egress;
  readonly lookupTxt: LookupTxt;
  readonly revoked: (grant: GrantName) => void;
  readonly ids: IdSource;
  readonly log: Log;
  readonly now: () => number;
}

/** What the gateway has of signing in at providers. */
export interface BuiltSso {
  readonly signIn: Sso;
  readonly logout: (token: string) => Promise<void>;
  readonly domainProof: DomainProof;
  /** Seals client secrets. */
  readonly seal: Seal;
}

/** Builds signing in at the tenants' own providers. */
export function buildSso(base: SsoBase): BuiltSso {
  const { storage, sealRing, egress, log, now } = base;
  const { ssoConnections, ssoLogins, oauthGrants, tenants, roles, oneTimeTokens } = storage;
  const seal = new Seal(sealRing, 'sso');
  const hash = createTokenHash(sealRing);
  const findLink: typeof oauthGrants.findLink = (...who) => oauthGrants.findLink(...who);
  const join = createIdentityLinks(base);
  const signIn = createSso({
    connections: ssoConnections,
    logins: ssoLogins,
    links: createOneTimeLinks({ ...base, store: oneTimeTokens, hash }),
    providers: createSsoProviders({ egress, log }),
    seal,
    hash,
    baseUrl: base.authentication.baseUrl,
    isLinked: async (issuer, subject) => (await findLink(issuer, subject)) !== undefined,
    link: async ({ tenant, roles: given, ...subject }) => {
      const found = await tenants.get(tenant);
      if (found === undefined) return undefined;
      // A role that was removed since gives nothing; it must not keep the others from changing.
      const own = (await roles.list(tenant)).map(({ name }) => name);
      const held = given?.filter((role) => isBuiltInRole(role) || own.includes(role));
      const person = await join({ ...subject, tenantName: found.name, roles: held });
      return person?.userId;
    },
    now,
  });
  const logout = createSsoLogout({
    connections: ssoConnections,
    logins: ssoLogins,
    tokens: oneTimeTokens,
    grants: storage.grants,
    hash,
    keysOf: createProviderKeySets({ egress, now }),
    findLink,
    revoked: base.revoked,
    now,
  });
  const domainProof = createDomainProof({ hash, lookup: base.lookupTxt });
  return { signIn, logout, domainProof, seal };
}
