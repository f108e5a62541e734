import type { AccessLayer, Permission } from '../../kernel/permissions.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** Who holds a key: a user or a service account of the tenant. */
export interface KeySubject {
  readonly kind: 'user' | 'service_account';
  readonly id: string;
}

/** An API key as it is stored: never its text. */
export interface ApiKey {
  readonly id: string;
  readonly tenant: TenantId;
  readonly subject: KeySubject;
  readonly name: string;
  /** Where it is good for, as its text says: `live`, `test`. */
  readonly env: string;
  /** The first characters, to recognise it by. */
  readonly prefix: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** When it was last looked up for a caller, to the minute. */
  readonly lastUsedAtMs: number | null;
  /** The only permissions it carries; null for all that its subject has. */
  readonly scopes: readonly Permission[] | null;
  /** What of the tenant's services it reaches: all layers must allow; none for everything. */
  readonly access: readonly AccessLayer[];
  readonly revokedAtMs: number | null;
}

/** What a key's text is known by. */
export interface KeySecret {
  /** HMAC-SHA-256 of the whole text under the gateway's signing secret, hexadecimal. */
  readonly hash: string;
  readonly createdAtMs: number;
  /** When this text ends although the key does not; null unless it is being replaced. */
  readonly expiresAtMs: number | null;
}

/** A key found by one of its texts. */
export interface FoundKey {
  readonly key: ApiKey;
  readonly secret: KeySecret;
}

/** A new key and the secret it starts with. */
export interface NewKey {
  readonly key: ApiKey;
  readonly secret: KeySecret;
}

/** When a key was last used. */
export interface KeyUse {
  readonly tenant: TenantId;
  readonly keyId: string;
  readonly atMs: number;
}

/** API keys. */
export interface ApiKeyStore {
  list(tenant: TenantId): Promise<readonly ApiKey[]>;
  get(tenant: TenantId, keyId: string): Promise<ApiKey | undefined>;
  /**
   * `not_found` when the tenant has no such subject; `conflict` when the subject has as many keys
   * as it may that neither ended nor were revoked at `atMs`.
   */
  create(tenant: TenantId, created: NewKey): Promise<void>;
  /**
   * Gives a key a new secret; those it had end at `endMs`, or earlier when they would have.
   * False when the tenant has no such key that is alive; `conflict` while two are good already.
   */
  rotate(tenant: TenantId, keyId: string, secret: KeySecret, endMs: number): Promise<boolean>;
  /** Marks the key revoked, for good; false when the tenant has no such key. */
  revoke(tenant: TenantId, keyId: string, revokedAtMs: number): Promise<boolean>;
  /** Looks a presented key up by its hash, which names tenant and key at once. */
  find(hash: string): Promise<FoundKey | undefined>;
  /** Notes when keys were used; an earlier time than the one noted changes nothing. */
  noteUse(uses: readonly KeyUse[]): Promise<void>;
}
