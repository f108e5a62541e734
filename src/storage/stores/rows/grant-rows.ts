import type { Grant } from '../../../identity/store.ts';

/** A grant as its columns hold it, under the names of its members. */
export type GrantRow = Omit<Grant, 'scopes' | 'access'> & {
  readonly scopes: string | null;
  readonly access: string;
};

/** Reads a grant from its columns. */
export function toGrant({ scopes, access, ...row }: GrantRow): Grant {
  return {
    ...row,
    scopes: scopes === null ? null : (JSON.parse(scopes) as Grant['scopes']),
    access: JSON.parse(access) as Grant['access'],
  };
}
