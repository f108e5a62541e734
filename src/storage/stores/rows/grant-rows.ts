import type { Grant } from '../../../identity/store.ts';

/** A grant as its columns hold it, under the names of its members. */
export type GrantRow = Omit<Grant, 'scopes' | 'access'> & {
  readonly scopes: string | null;
  readonly access: string;
};

/** The columns of a grant, each under the name of its member. */
export const GRANT_COLUMNS = [
  'tenant_id as tenant',
  'id',
  'user_id as userId',
  'kind',
  'client_id as clientId',
  'scopes',
  'access',
  'resource',
  'created_at_ms as createdAtMs',
  'expires_at_ms as expiresAtMs',
  'revoked_at_ms as revokedAtMs',
] as const;

/** Reads a grant from its columns. */
export function toGrant({ scopes, access, ...row }: GrantRow): Grant {
  return {
    ...row,
    scopes: scopes === null ? null : (JSON.parse(scopes) as Grant['scopes']),
    access: JSON.parse(access) as Grant['access'],
  };
}
