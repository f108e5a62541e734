import type { AccessLayer, Permission } from '../kernel/permissions.ts';
import type { Role, TenantId } from '../kernel/principal.ts';

/** A tenant: the owner of services, users, keys and usage. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly createdAtMs: number;
}

/** A person or program that owns keys. */
export interface User {
  readonly id: string;
  readonly tenant: TenantId;
  readonly name: string;
  readonly role: Role;
  /** scrypt hash of the password, or null for a user without one. */
  readonly passwordHash: string | null;
  readonly createdAtMs: number;
}

/** An API key as it is stored: never the key itself. */
export interface ApiKey {
  readonly id: string;
  readonly tenant: TenantId;
  readonly userId: string;
  readonly name: string;
  /** The first characters, to recognise it by. */
  readonly prefix: string;
  /** HMAC-SHA-256 of the whole key under the gateway's signing secret, hexadecimal. */
  readonly hash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** The only permissions it carries; null for all that its user has. */
  readonly scopes: readonly Permission[] | null;
  /** What of the tenant's services it reaches: all layers must allow; none for everything. */
  readonly access: readonly AccessLayer[];
  readonly revokedAtMs: number | null;
}

/** What authentication reads: a key with its user's role. */
export interface KeyHolder {
  readonly key: ApiKey;
  readonly role: Role;
}

/** The user a tenant starts with. */
export interface FirstUser {
  readonly user: User;
  readonly key: ApiKey;
}

/** Tenants, users and keys. */
export interface IdentityStore {
  /** All tenants; the only tenant-less read, for start-up. */
  tenants(): Promise<readonly Tenant[]>;
  /**
   * Creates a tenant, together with its first user and that user's key when they are given.
   * Rejects with `conflict` when the tenant's name is taken.
   */
  createTenant(tenant: Tenant, first?: FirstUser): Promise<void>;
  /** Rejects with `conflict` when the tenant has a user of that name. */
  createUser(tenant: TenantId, user: User): Promise<void>;
  users(tenant: TenantId): Promise<readonly User[]>;
  /** Rejects with `not_found` when the tenant has no such user. */
  createKey(tenant: TenantId, key: ApiKey): Promise<void>;
  keys(tenant: TenantId): Promise<readonly ApiKey[]>;
  /** Marks the key revoked, for good; false when the tenant has no such key. */
  revokeKey(tenant: TenantId, keyId: string, revokedAtMs: number): Promise<boolean>;
  /** Looks a presented key up by its hash; the hash names tenant and key at once. */
  findKey(hash: string): Promise<KeyHolder | undefined>;
}

/** A key of the ring as the database knows it. */
export interface RingKeyRow {
  readonly id: string;
  /** Tells keys of one id apart; nothing of the secret can be learnt from it. */
  readonly fingerprint: string;
  /** The secret in base64 when the ring is kept in the database, null when it is elsewhere. */
  readonly secret: string | null;
  /** The key of the highest rank signs. */
  readonly rank: number;
  readonly createdAtMs: number;
}

/** The keys that the data in the database was made with. */
export interface RingKeyStore {
  /** The highest rank first. */
  list(): Promise<readonly RingKeyRow[]>;
  /** Adds a key; one whose id is there is left alone. */
  add(row: RingKeyRow): Promise<void>;
  /** False when there is no such key. */
  setRank(id: string, rank: number): Promise<boolean>;
  /** Forgets a key, for good; false when there is none of this id. */
  remove(id: string): Promise<boolean>;
}
