/** The id of a tenant; every store method takes one. */
export type TenantId = string & { readonly __brand: 'TenantId' };

/** What a caller may do to the control plane; a data-plane caller needs `member`. */
export type Role = 'admin' | 'member';

/** Who is calling: made by `authenticate()` only, never defaulted. */
export interface Principal {
  readonly tenant: TenantId;
  /** The user the credential belongs to. */
  readonly userId: string;
  /** The credential that proved it; sessions and sealed state are bound to it. */
  readonly credentialId: string;
  readonly role: Role;
}

/** Brands a string that is known to be a tenant's id. */
export function tenantId(value: string): TenantId {
  return value as TenantId;
}
