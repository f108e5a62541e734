import type { TenantId } from '../../../kernel/principal.ts';
import type { Steps } from '../transaction.ts';
import { putVaultItem } from './vault-items.ts';

/** Adds or replaces a service's sealed secrets by name. */
export function* putSecrets({
  tenant,
  serviceId,
  sealed,
}: {
  readonly tenant: TenantId;
  readonly serviceId: string;
  readonly sealed: Readonly<Record<string, string>>;
}): Steps<null> {
  for (const [name, value] of Object.entries(sealed)) {
    yield* putVaultItem({ tenant, owner: 'service', serviceId, name, sealed: value });
  }
  return null;
}
