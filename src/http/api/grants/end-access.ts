import type { TenantId } from '../../../kernel/principal.ts';
import type { ApiDeps } from '../framework/api-deps.ts';
import { endGrants } from './end-grants.ts';

/**
 * Ends all that a user has open in a tenant: what its keys have opened, and for good its logins,
 * browser sessions and the tokens of its clients. Other tenants are not touched.
 */
export async function endAccess(
  deps: Pick<ApiDeps, 'identity' | 'oauth' | 'revoked' | 'now'>,
  tenant: TenantId,
  userId: string,
): Promise<void> {
  await endGrants(deps, tenant, { kind: 'user', id: userId });
  const which = { tenant, userId, kinds: ['login', 'console', 'oauth'] } as const;
  const ended = await deps.oauth.grants.revokeOfUser(which, deps.now());
  for (const grant of ended) deps.revoked(grant.tenant, grant.id);
}
