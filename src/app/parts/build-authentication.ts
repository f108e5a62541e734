import { createAuthentication, type Authentication } from '../../identity/create-authentication.ts';
import { createPeople, requiresSecondFactor } from '../../identity/create-people.ts';
import type { PermissionsOfGrant } from '../../identity/grants/grant-holders.ts';
import type { GrantName } from '../../identity/store.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Mailer } from '../../kernel/egress.ts';
import type { SealKey } from '../../kernel/seal.ts';
import { compilePermissions, holding } from '../../policy/compile-permissions.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Config } from '../config/config-schema.ts';
import { listenUrl } from '../listen-url.ts';

/** What signing in stands on. */
export interface AuthenticationBase {
  readonly storage: Storage;
  readonly sealRing: readonly SealKey[];
  readonly baseUrl: { readonly current: string };
  readonly mailer: Mailer | undefined;
  readonly revoked: (grant: GrantName) => void;
  readonly ids: IdSource;
  readonly log: Log;
}

/** Builds signing in over the accounts of the storage. */
export function buildAuthentication(base: AuthenticationBase): Authentication {
  const { storage, baseUrl } = base;
  return createAuthentication({
    ...base,
    stores: storage,
    people: createPeople({ ...storage, ids: base.ids, now: Date.now }),
    permissionsOf: permissionsOfGrant(storage),
    baseUrl: () => baseUrl.current,
    now: Date.now,
  });
}

/** Where clients reach the gateway, without a slash at the end; `start` fills in a free port. */
export function configuredBaseUrl(config: Config): string {
  const { publicUrl } = config.server;
  if (publicUrl === undefined) return listenUrl(config);
  const { origin, pathname } = new URL(publicUrl);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** What a grant's user may do by it; in a tenant that demands a second factor only with one. */
function permissionsOfGrant({ members, tenants, secondFactors }: Storage): PermissionsOfGrant {
  return async ({ tenant, userId, kind, scopes, access }) => {
    const standing = await members.standing(tenant, { kind: 'user', id: userId });
    if (standing === undefined) return undefined;
    const found = await tenants.get(tenant);
    if (kind !== 'oauth' && found !== undefined && requiresSecondFactor(found)) {
      const factor = await secondFactors.get(userId);
      const isOn = factor !== undefined && factor.confirmedAtMs !== null;
      // In the console a factor can be set up; nothing else works until it is.
      if (!isOn) return kind === 'console' ? compilePermissions(holding()) : undefined;
    }
    return compilePermissions(standing, { scopes, access });
  };
}
