import { Vault } from '../../identity/vault/vault.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { SealKey } from '../../kernel/seal.ts';
import type { Storage } from '../../storage/storage.ts';

/**
 * Opens the vault with the keys of the configuration, or else with those of the ring. Rejects with
 * `invalid_configuration` when they are not the ones that its data was sealed with.
 */
export async function openVault(
  { vault: store, tenants }: Storage,
  ring: readonly SealKey[],
  own: readonly SealKey[],
): Promise<Vault> {
  const clash = own.find(({ id }) => ring.some((one) => one.id === id));
  if (clash !== undefined) {
    const text = `A key of vault.keys has the id ${clash.id} of the key ring; give it another id.`;
    throw new GatewayError('invalid_configuration', text);
  }
  const vault = new Vault({
    store,
    ring,
    // The ring opens what was wrapped before the vault had keys of its own.
    wrapping: [...own, ...ring],
    tenants: async () => (await tenants.list()).map(({ id }) => id),
    now: Date.now,
  });
  await vault.open();
  return vault;
}
