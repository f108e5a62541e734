import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';
import type { Permissions } from '../kernel/permissions.ts';
import { viewPermissions } from './role-permissions.ts';

/**
 * Permissions with no more than tools of these patterns (`service__tool`), as a key that reaches
 * them alone would have: what is about the whole tenant goes, and so does every other kind.
 */
export function narrowPermissions(permissions: Permissions, tools: readonly string[]): Permissions {
  const layer = [{ tools }];
  const { actions, layers, credential, digest } = permissions;
  const text = canonicalJson([digest, tools]);
  return {
    ...permissions,
    digest: createHash('sha256').update(text).digest('base64url'),
    actions: new Set([...actions].filter((one) => viewPermissions.has(one))),
    layers: [...layers, layer],
    credential: { ...credential, access: [...credential.access, layer] },
  };
}
