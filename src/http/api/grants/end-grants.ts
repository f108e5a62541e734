import type { KeySubject } from '../../../identity/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { ApiDeps } from '../framework/api-deps.ts';

/**
 * Ends what the keys of somebody have opened, or of everybody in the tenant, once the store knows
 * that they may not act: admission refuses them anyway, but an open stream asks no more.
 */
export async function endGrants(
  { identity, revoked }: Pick<ApiDeps, 'identity' | 'revoked'>,
  tenant: TenantId,
  subject?: KeySubject,
): Promise<void> {
  const keys = await identity.apiKeys.list(tenant);
  for (const key of keys) {
    const isTheirs =
      subject === undefined || (key.subject.kind === subject.kind && key.subject.id === subject.id);
    if (isTheirs) revoked(tenant, key.id);
  }
}
