import type { TenantId } from '../../kernel/principal.ts';
import type { Grant } from '../grants/store.ts';

/** A refresh token as it is stored: never the token itself. */
export interface RefreshToken {
  /** HMAC-SHA-256 of the token under the gateway's secret, hexadecimal. */
  readonly hash: string;
  readonly tenant: TenantId;
  readonly grantId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** The token that takes the place of one that is used. */
export interface Successor {
  readonly hash: string;
  /** The token itself, sealed, for whoever repeats the request because the answer was lost. */
  readonly sealed: string;
  readonly expiresAtMs: number;
}

/** What became of a refresh token that was presented. */
export type Rotation =
  /** Its successor is stored. */
  | { readonly kind: 'rotated'; readonly grant: Grant }
  /** It was used a moment ago: that use's successor, sealed. */
  | { readonly kind: 'repeated'; readonly grant: Grant; readonly successorSealed: string }
  /** It was used long ago: whoever has it stole it, or was stolen from; the grant is revoked. */
  | { readonly kind: 'reused'; readonly grant: Grant }
  | { readonly kind: 'refused' };

/** Refresh tokens; all that follow from one another belong to one grant. */
export interface RefreshTokenStore {
  insert(tenant: TenantId, token: RefreshToken): Promise<void>;
  /** Whose token it is; undefined for one that is not known. */
  find(hash: string): Promise<Pick<RefreshToken, 'tenant' | 'grantId'> | undefined>;
  /** Uses a token; of several at once one rotates it and the others repeat. */
  rotate(hash: string, successor: Successor, nowMs: number): Promise<Rotation>;
}

/** A key that signs access tokens. */
export interface SigningKeyRow {
  readonly id: string;
  readonly algorithm: string;
  /** JSON Web Key (RFC 7517), as JSON. */
  readonly publicJwk: string;
  readonly privateJwkSealed: string;
  readonly createdAtMs: number;
  /** When it stops verifying; null while it signs. */
  readonly retiresAtMs: number | null;
}

/** The keys that access tokens are signed with. */
export interface SigningKeyStore {
  /** The newest first. */
  list(): Promise<readonly SigningKeyRow[]>;
  /**
   * Adds a key that signs unless another has signed since `sinceMs`, retires the others at
   * `retiresAtMs` and forgets those that retired before now; false when there was another.
   */
  replace(key: SigningKeyRow, sinceMs: number, retiresAtMs: number): Promise<boolean>;
}
