import { timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../kernel/errors.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Authenticator } from './create-authenticator.ts';
import { randomText } from './random-text.ts';
import type { IdentityStore } from './store.ts';

/** An authenticator that knows one credential more, and that credential. */
export interface LocalCaller {
  readonly authenticator: Authenticator;
  /** Made for this process and kept nowhere else. */
  readonly token: string;
}

const TOKEN_CHARACTERS = 43;

/**
 * Lets the person who runs this process call as the first administrator: whoever may open the
 * data folder holds everything in it anyway. Throws GatewayError `unauthenticated` when there is
 * no administrator.
 */
export async function admitLocalCaller(
  authenticator: Authenticator,
  store: Pick<IdentityStore, 'tenants' | 'users'>,
): Promise<LocalCaller> {
  const [tenant] = await store.tenants();
  const users = tenant === undefined ? [] : await store.users(tenant.id);
  const administrators = users.filter(({ role }) => role === 'admin');
  const owner = administrators.toSorted((a, b) => a.createdAtMs - b.createdAtMs)[0];
  if (owner === undefined) {
    throw new GatewayError('unauthenticated', 'The data folder has no administrator; give a key.');
  }
  const token = `local_${randomText(TOKEN_CHARACTERS)}`;
  const principal: Principal = {
    tenant: owner.tenant,
    userId: owner.id,
    credentialId: 'local',
    role: owner.role,
  };
  return {
    token,
    authenticator: {
      authenticate: (presented) =>
        isSame(presented, token) ? principal : authenticator.authenticate(presented),
      forget: (keyId) => authenticator.forget(keyId),
    },
  };
}

function isSame(presented: string | undefined, token: string): boolean {
  const [one, other] = [Buffer.from(presented ?? ''), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
