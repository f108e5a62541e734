import type { TenantId } from '../kernel/principal.ts';
import type { Account, Membership, Tenant, TenantUpdate } from './accounts/store.ts';
import type { NewKey } from './keys/store.ts';

export type {
  Account,
  AccountStore,
  AccountUpdate,
  ActiveStatus,
  Group,
  GroupChange,
  GroupStore,
  GroupUpdate,
  IdentitySource,
  Member,
  Membership,
  MembershipUpdate,
  MemberStore,
  PersonChange,
  Removal,
  Role,
  RoleStore,
  RoleUpdate,
  ServiceAccount,
  ServiceAccountStore,
  ServiceAccountUpdate,
  Standing,
  Tenant,
  TenantUpdate,
} from './accounts/store.ts';
export type {
  CertificateMark,
  ClientCertificate,
  ClientCertificateStore,
} from './certificates/store.ts';
export type { RingKeyRow, RingKeyStore } from './key-ring/store.ts';
export type {
  ApiKey,
  ApiKeyStore,
  FoundKey,
  KeySecret,
  KeySubject,
  KeyUse,
  NewKey,
} from './keys/store.ts';

export type {
  AttemptKey,
  AttemptStore,
  LoginSession,
  LoginSessionStore,
  OneTimeKind,
  OneTimeToken,
  OneTimeTokenStore,
  SecondFactor,
  SecondFactorStore,
  SignInSweepStore,
} from './authentication/store.ts';
export type { Grant, GrantKind, GrantName, GrantsOfUser, GrantStore } from './grants/store.ts';
export type {
  Artifact,
  ArtifactStore,
  IdentityLink,
  OAuthClient,
  OAuthClientStore,
  OAuthGrantStore,
  OAuthSweep,
  RegistrationBounds,
} from './oauth/store.ts';
export type {
  RefreshToken,
  RefreshTokenStore,
  Rotation,
  SigningKeyRow,
  SigningKeyStore,
  Successor,
} from './tokens/store.ts';

/** A tenant with the owner it starts with. */
export interface NewTenant {
  readonly tenant: Tenant;
  readonly membership: Membership;
  /** Given when the owner's account is new. */
  readonly account?: Account;
  readonly key?: NewKey;
}

/** Tenants. */
export interface TenantStore {
  /** All of them, the operator's first; the only tenant-less read besides accounts. */
  list(): Promise<readonly Tenant[]>;
  get(tenant: TenantId): Promise<Tenant | undefined>;
  /**
   * Creates a tenant with its first owner, all or nothing. `conflict` when the tenant's name, the
   * login or the email is taken, or there are as many tenants as there may be.
   */
  create(created: NewTenant): Promise<void>;
  /** What it is then; undefined when there is none. `conflict` when the name is taken. */
  update(tenant: TenantId, update: TenantUpdate): Promise<Tenant | undefined>;
}

/** A tenant's data key, wrapped by a key-encryption key. */
export interface WrappedDataKey {
  readonly tenant: TenantId;
  /** Grows by one with each key of the tenant; the highest seals. */
  readonly number: number;
  readonly wrapped: string;
  readonly createdAtMs: number;
}

/** Which row something is sealed for: it opens in no other. */
export interface VaultRow {
  readonly tenant: TenantId;
  /** `service`, `client` (registrations of the gateway), or the id of a user. */
  readonly owner: string;
  readonly serviceId: string;
  readonly name: string;
}

/** A row with what it holds. */
export interface VaultItem extends VaultRow {
  readonly sealed: string;
}

/** Sealed rows and the keys they are sealed with. */
export interface VaultStore {
  /** Every tenant's keys, by number; for the start and for rotation. */
  allKeys(): Promise<readonly WrappedDataKey[]>;
  /** One tenant's keys, by number. */
  keys(tenant: TenantId): Promise<readonly WrappedDataKey[]>;
  /** Adds a key; false when the tenant has one of that number. */
  addKey(key: WrappedDataKey): Promise<boolean>;
  /** Wraps a key anew; false when it is not wrapped as it was. */
  rewrapKey(key: WrappedDataKey, wrapped: string): Promise<boolean>;
  /** Deletes keys below the number that were made before and that seal no row. */
  deleteUnusedKeys(tenant: TenantId, below: number, beforeMs: number): Promise<number>;
  get(row: VaultRow): Promise<string | undefined>;
  /** Adds or replaces one item. */
  put(item: VaultItem): Promise<void>;
  delete(row: VaultRow): Promise<boolean>;
  /** Some items of a tenant, at most `count`, that are not sealed with the key of this number. */
  itemsNotUnder(tenant: TenantId, number: number, count: number): Promise<readonly VaultItem[]>;
  /** Puts another sealed text in the place of this one; false when it is there no more. */
  reseal(item: VaultItem, sealed: string): Promise<boolean>;
}

/** A user's account at a service. */
export interface Connection {
  readonly id: string;
  readonly tenant: TenantId;
  /** The id of a user or service account. */
  readonly userId: string;
  readonly serviceId: string;
  /** The authorization server whose tokens these are; they are shown to no other. */
  readonly issuer: string;
  /** The protected resource (RFC 8707). */
  readonly resource: string;
  /** What was granted. */
  readonly scopes: readonly string[];
  /** `expired`: it can no longer be renewed; the user has to connect again. */
  readonly status: 'active' | 'expired';
  /** When the access token ends; null when nobody said. */
  readonly expiresAtMs: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Grows with each change of the tokens. */
  readonly version: number;
}

/** The right to renew a connection's tokens, which one instance at a time has. */
export type RefreshClaim = 'claimed' | 'busy' | 'changed';

/** A way that a user began. */
export interface ConnectState {
  /** SHA-256 of what the address holds, in hexadecimal. */
  readonly hash: string;
  readonly tenant: TenantId;
  readonly userId: string;
  readonly grantId: string;
  readonly serviceId: string;
  readonly step: 'page' | 'callback';
  readonly sealed: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Connections of users, and the ways to make them. */
export interface ConnectionStore {
  list(tenant: TenantId, userId: string): Promise<readonly Connection[]>;
  get(tenant: TenantId, id: string): Promise<Connection | undefined>;
  find(tenant: TenantId, userId: string, serviceId: string): Promise<Connection | undefined>;
  /** The connection of a service that changed last and works. */
  latest(tenant: TenantId, serviceId: string): Promise<Connection | undefined>;
  /**
   * Stores a connection with its tokens, in the place of the same user's earlier one with the
   * service; it has an id of its own, for it may be another account.
   */
  put(connection: Connection, sealedTokens: string): Promise<void>;
  /** Renews the tokens of this very version; false when it is another by now. */
  renew(connection: Connection, sealedTokens: string): Promise<boolean>;
  /** Marks this very version as one that cannot be renewed. */
  expire(connection: Connection, atMs: number): Promise<boolean>;
  /** Forgets a connection and its tokens; false when there is none. */
  remove(tenant: TenantId, id: string): Promise<boolean>;
  /** Locks the row for renewing it, for so long, if it is still of this version. */
  claimRefresh(connection: Connection, holder: string, lifeMs: number): Promise<RefreshClaim>;
  releaseRefresh(connection: Connection, holder: string): Promise<void>;
  /** Adds a state; of one user's the oldest above `countMax` are dropped, and all expired ones. */
  addState(state: ConnectState, countMax: number): Promise<void>;
  getState(hash: string, step: ConnectState['step']): Promise<ConnectState | undefined>;
  /** Takes a state out, once. */
  takeState(hash: string, step: ConnectState['step']): Promise<ConnectState | undefined>;
}
