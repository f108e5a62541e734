import { GatewayError } from '../kernel/errors.ts';
import { tenantId } from '../kernel/principal.ts';
import { makeKey, type KeyMaker } from './keys/make-key.ts';
import { randomText } from './keys/random-text.ts';
import { createPasswords } from './authentication/passwords.ts';
import type { NewTenant, TenantStore } from './store.ts';

/** The first administrator's credentials, shown once. */
export interface FirstAdmin {
  readonly userName: string;
  readonly password: string;
  readonly apiKey: string;
}

const PASSWORD_CHARACTERS = 24;
const USER_NAME = 'admin';

/**
 * On an empty store: creates the tenant `default` with the user `admin`, its owner, and a key, all
 * or none, and returns the credentials. Afterwards: undefined.
 */
export async function ensureFirstAdmin(
  maker: KeyMaker & { readonly tenants: Pick<TenantStore, 'list' | 'create'> },
): Promise<FirstAdmin | undefined> {
  const { tenants } = maker;
  if ((await tenants.list()).length > 0) return undefined;
  const password = randomText(PASSWORD_CHARACTERS);
  const { created, plaintext } = await firstTenant(maker, password);
  try {
    await tenants.create(created);
  } catch (error) {
    // Another gateway that started at the same moment was faster, and shows its credentials.
    const isTaken = error instanceof GatewayError && error.code === 'conflict';
    if (isTaken && (await tenants.list()).length > 0) return undefined;
    throw error;
  }
  return { userName: USER_NAME, password, apiKey: plaintext };
}

async function firstTenant(
  maker: KeyMaker,
  password: string,
): Promise<{ readonly created: NewTenant; readonly plaintext: string }> {
  const { ids, now } = maker;
  const passwordHash = await createPasswords().hash(password);
  const createdAtMs = now();
  const id = tenantId(ids.next('ten'));
  const userId = ids.next('usr');
  const subject = { kind: 'user', id: userId } as const;
  const { key, secret, plaintext } = makeKey(maker, id, { subject, name: 'first key' });
  const fresh = { status: 'active', createdAtMs, version: 1 } as const;
  const created: NewTenant = {
    tenant: { ...fresh, id, name: 'default', settings: {} },
    account: {
      ...fresh,
      id: userId,
      login: USER_NAME,
      name: USER_NAME,
      email: null,
      emailVerifiedAtMs: null,
      passwordHash,
      passwordChangedAtMs: createdAtMs,
    },
    membership: {
      ...fresh,
      tenant: id,
      userId,
      roles: ['owner'],
      source: 'local',
      externalId: null,
    },
    key: { key, secret },
  };
  return { created, plaintext };
}
