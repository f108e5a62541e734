import type { TenantId } from '../../kernel/principal.ts';

/** What a login at a provider makes of a person. */
export interface SsoSettings {
  /** Where groups are in an ID token, parts divided by dots; null where it tells none. */
  readonly groupsClaim: string | null;
  /** Which roles each group gives. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Whether a person who comes for the first time becomes a user. */
  readonly jit: boolean;
  /** Roles that everybody has who signs in. */
  readonly defaultRoles: readonly string[];
  /** Claims that an ID token must have with exactly these values. */
  readonly requiredClaims: Readonly<Record<string, string>>;
}

/** A provider at which the people of one tenant sign in. */
export interface SsoConnection extends SsoSettings {
  readonly id: string;
  readonly tenant: TenantId;
  readonly name: string;
  /** Exactly as its metadata and its ID tokens say it; never changes. */
  readonly issuer: string;
  readonly clientId: string;
  /** The client secret, sealed for this very connection. */
  readonly secretSealed: string;
  /** Lower case. */
  readonly domains: readonly string[];
  /** Whether the operator says that the domains are the tenant's. */
  readonly domainsVerified: boolean;
  /** Those of the domains that have shown by a TXT record that they are the tenant's. */
  readonly verifiedDomains: readonly string[];
  readonly enabled: boolean;
  readonly createdAtMs: number;
  readonly version: number;
}

/** A change of a connection. */
export type SsoConnectionUpdate = Partial<
  Omit<SsoConnection, 'id' | 'tenant' | 'issuer' | 'createdAtMs' | 'version'>
> & { readonly ifVersion?: number | undefined };

/** Connections to providers. */
export interface SsoConnectionStore {
  /** Those of a tenant, the oldest first. */
  list(tenant: TenantId): Promise<readonly SsoConnection[]>;
  get(tenant: TenantId, id: string): Promise<SsoConnection | undefined>;
  /** Whoever it belongs to: who signs in has no tenant yet. */
  find(id: string): Promise<SsoConnection | undefined>;
  /** Those of every tenant with this issuer. */
  ofIssuer(issuer: string): Promise<readonly SsoConnection[]>;
  /** The oldest one in use that has this domain, verified in either way. */
  findByDomain(domain: string): Promise<SsoConnection | undefined>;
  /** Those in use of all tenants, the oldest first, no more than so many. */
  inUse(rowsMax: number): Promise<readonly SsoConnection[]>;
  /** Rejects with `conflict` when the tenant has as many as it may. */
  insert(tenant: TenantId, connection: SsoConnection): Promise<void>;
  /** What it is then; undefined when there is none. `conflict` when at another version. */
  update(
    tenant: TenantId,
    id: string,
    update: SsoConnectionUpdate,
  ): Promise<SsoConnection | undefined>;
  /** False when there is none; `conflict` when at another version. */
  delete(tenant: TenantId, id: string, ifVersion?: number): Promise<boolean>;
}

/** A session at a provider that a person signed in by. */
export interface SsoLogin {
  /** Of the connection and the provider's session id. */
  readonly hash: string;
  readonly userId: string;
  readonly expiresAtMs: number;
}

/** Sessions at providers. */
export interface SsoLoginStore {
  /** Adds one, or makes it last longer. */
  put(login: SsoLogin): Promise<void>;
  find(hash: string, nowMs: number): Promise<SsoLogin | undefined>;
}
