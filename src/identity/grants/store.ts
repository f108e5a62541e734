import type { AccessLayer, Permission } from '../../kernel/permissions.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** What a grant came from: a login for tokens, a browser's login, an OAuth client's consent. */
export type GrantKind = 'login' | 'console' | 'oauth';

/** What was granted to a person's client; its tokens come and go. */
export interface Grant {
  readonly id: string;
  readonly tenant: TenantId;
  readonly userId: string;
  readonly kind: GrantKind;
  /** The OAuth client, or null for a login. */
  readonly clientId: string | null;
  /** The only permissions it carries; null for all that its user has. */
  readonly scopes: readonly Permission[] | null;
  /** What of the tenant's services it reaches: all layers must allow; none for everything. */
  readonly access: readonly AccessLayer[];
  /** The only endpoint it is good at; null for all. */
  readonly resource: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
}

/** Which of a user's grants are meant. */
export interface GrantsOfUser {
  readonly userId: string;
  readonly kinds: readonly GrantKind[];
  /** The only tenant that is meant; all when absent. */
  readonly tenant?: TenantId;
  /** The grant that stays. */
  readonly except?: string;
}

/** What names a grant. */
export type GrantName = Pick<Grant, 'tenant' | 'id'>;

/** Grants of people; those of programs are their API keys. */
export interface GrantStore {
  insert(tenant: TenantId, grant: Grant): Promise<void>;
  get(tenant: TenantId, id: string): Promise<Grant | undefined>;
  /** Revokes a grant, for good; false when there is none that is not revoked. */
  revoke(tenant: TenantId, id: string, revokedAtMs: number): Promise<boolean>;
  /**
   * Revokes a user's grants, in every tenant unless one is named, and ends their browser sessions;
   * which those were.
   */
  revokeOfUser(which: GrantsOfUser, revokedAtMs: number): Promise<readonly GrantName[]>;
}
