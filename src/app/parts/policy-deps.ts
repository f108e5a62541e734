import type { AskedCaller, PolicyRouteDeps } from '../../http/api/framework/policy-deps.ts';
import type { KeyMaker } from '../../identity/keys/make-key.ts';
import type { ApiKey } from '../../identity/store.ts';
import type { Principal, Subject, TenantId } from '../../kernel/principal.ts';
import { compilePermissions, unlimited } from '../../policy/compile-permissions.ts';
import { PolicyRules } from '../../policy/rules/policy-rules.ts';
import type { Storage } from '../../storage/storage.ts';
import type { GatewayApp } from './gateway-app.ts';

/** What the control plane of policy stands on. */
export type PolicyBase = Pick<
  GatewayApp,
  'storage' | 'policies' | 'catalog' | 'viewOf' | 'restrictionOf' | 'offerOf'
> & { readonly maker: KeyMaker };

/** Builds what the routes of policy need. */
export function policyDeps(base: PolicyBase): PolicyRouteDeps['policy'] {
  const { storage, policies, catalog, viewOf, restrictionOf, offerOf, maker } = base;
  const { ids, now } = maker;
  return {
    store: storage.policy,
    rules: new PolicyRules({ store: storage.policy, book: policies, ids, now }),
    callerOf: (tenant, asked) => callerOf(storage, tenant, asked, now()),
    explaining: (principal) => ({
      snapshot: catalog.snapshot(principal.tenant),
      view: viewOf(principal),
      restriction: restrictionOf(principal),
      includes: offerOf(principal.tenant)?.includes,
    }),
  };
}

/** Who would be admitted; a key that has ended stands for nobody. */
async function callerOf(
  { apiKeys, members }: Pick<Storage, 'apiKeys' | 'members'>,
  tenant: TenantId,
  { key: keyId, user, serviceAccount }: AskedCaller,
  nowMs: number,
): Promise<Principal | undefined> {
  let key: ApiKey | undefined;
  let subject: Subject | undefined;
  if (keyId !== undefined) {
    key = await apiKeys.get(tenant, keyId);
    if (key === undefined || hasEnded(key, nowMs)) return undefined;
    subject = key.subject;
  } else if (user !== undefined) subject = { kind: 'user', id: user };
  else if (serviceAccount !== undefined) subject = { kind: 'service_account', id: serviceAccount };
  if (subject === undefined) return undefined;
  const standing = await members.standing(tenant, subject);
  if (standing === undefined) return undefined;
  const grantId = key?.id ?? 'none';
  const permissions = compilePermissions(standing, key ?? unlimited);
  return { tenant, subject, grantId, credentialId: grantId, permissions };
}

function hasEnded({ revokedAtMs, expiresAtMs }: ApiKey, nowMs: number): boolean {
  return revokedAtMs !== null || (expiresAtMs !== null && nowMs >= expiresAtMs);
}
