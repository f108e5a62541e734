import { GatewayError } from '../kernel/errors.ts';
import { tenantId } from '../kernel/principal.ts';
import { makeKey, type KeyMaker } from './issue-key.ts';
import { hashPassword } from './password.ts';
import { randomText } from './random-text.ts';
import type { IdentityStore } from './store.ts';

/** The first administrator's credentials, shown once. */
export interface FirstAdmin {
  readonly userName: string;
  readonly password: string;
  readonly apiKey: string;
}

const PASSWORD_CHARACTERS = 24;

/**
 * On an empty store: creates the tenant `default` with the user `admin` and a key, all or none,
 * and returns the credentials. Afterwards: undefined.
 */
export async function ensureFirstAdmin(
  maker: KeyMaker & { readonly store: IdentityStore },
): Promise<FirstAdmin | undefined> {
  const { store, ids, now } = maker;
  if ((await store.tenants()).length > 0) return undefined;
  const password = randomText(PASSWORD_CHARACTERS);
  const passwordHash = await hashPassword(password);
  const createdAtMs = now();
  const tenant = tenantId(ids.next('ten'));
  const userName = 'admin';
  const user = {
    id: ids.next('usr'),
    tenant,
    name: userName,
    role: 'admin',
    passwordHash,
    createdAtMs,
  } as const;
  const { key, plaintext } = makeKey(maker, tenant, { userId: user.id, name: 'first key' });
  try {
    await store.createTenant({ id: tenant, name: 'default', createdAtMs }, { user, key });
  } catch (error) {
    // Another gateway that started at the same moment was faster, and shows its credentials.
    const isTaken = error instanceof GatewayError && error.code === 'conflict';
    if (isTaken && (await store.tenants()).length > 0) return undefined;
    throw error;
  }
  return { userName, password, apiKey: plaintext };
}
