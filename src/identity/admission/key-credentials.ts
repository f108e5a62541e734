import type { Permissions } from '../../kernel/permissions.ts';
import type { MemberStore, Standing } from '../accounts/store.ts';
import { keyHash } from '../keys/key-hash.ts';
import { isKeyText } from '../keys/key-text.ts';
import type { ApiKey, ApiKeyStore, FoundKey, KeyUse } from '../keys/store.ts';
import type { CredentialKind } from './credential-kind.ts';

/** What admission by key needs. */
export interface KeyCredentialsOptions {
  readonly apiKeys: Pick<ApiKeyStore, 'find'>;
  readonly members: Pick<MemberStore, 'standing'>;
  /** The secrets of the key ring: a key is stored under the one that signed when it was made. */
  readonly keySecrets: readonly Buffer[];
  /** What the holder of a key may do by it. */
  permissionsOf(standing: Standing, key: ApiKey): Permissions;
  /** Hears of each key that was good when it was looked up. */
  readonly used?: (use: KeyUse) => void;
  readonly now: () => number;
}

/** API keys as credentials; they are good at every resource. */
export function createKeyCredentials(options: KeyCredentialsOptions): CredentialKind {
  const { members, permissionsOf, used, now } = options;
  return {
    recognises: isKeyText,
    lookUp: async (token) => {
      const found = await findKey(options, token);
      if (found === undefined) return undefined;
      const { key } = found;
      const endsAtMs = earliest(key.expiresAtMs, found.secret.expiresAtMs);
      const isOver = key.revokedAtMs !== null || (endsAtMs !== null && now() >= endsAtMs);
      if (isOver) return undefined;
      const standing = await members.standing(key.tenant, key.subject);
      if (standing === undefined) return undefined;
      used?.({ tenant: key.tenant, keyId: key.id, atMs: now() });
      const principal = {
        tenant: key.tenant,
        subject: key.subject,
        // A key is its own grant: it outlives its texts, and a new one continues the same grant.
        grantId: key.id,
        credentialId: key.id,
        permissions: permissionsOf(standing, key),
      };
      return { principal, endsAtMs, resource: null };
    },
  };
}

async function findKey(
  { apiKeys, keySecrets }: KeyCredentialsOptions,
  token: string,
): Promise<FoundKey | undefined> {
  for (const secret of keySecrets) {
    const found = await apiKeys.find(keyHash(secret, token));
    if (found !== undefined) return found;
  }
  return undefined;
}

function earliest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
