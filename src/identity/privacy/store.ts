import type { TenantId } from '../../kernel/principal.ts';
import type { Grant, GrantName } from '../grants/store.ts';
import type { IdentityLink } from '../oauth/store.ts';

/** What a tenant keeps of a person besides records, by kind. */
export const tenantKinds = [
  'memberships',
  'groupMemberships',
  'keys',
  'clientCertificates',
  'loginSessions',
  'grants',
  'refreshTokens',
  'authorizationSteps',
  'connections',
  'connectionTokens',
  'connectionSteps',
  'sessions',
  'approvals',
  'decisionReasons',
  'links',
  'invitations',
  'identityLinks',
  'captures',
  'billingContacts',
  'conversations',
  'trainingConsents',
  'toolUses',
] as const;

/** What is kept of a person once, whatever tenants it is in. */
export const accountKinds = ['account', 'secondFactors', 'providerLogins', 'mailCounts'] as const;

/** One of them. */
export type TenantKind = (typeof tenantKinds)[number];
/** One of them. */
export type AccountKind = (typeof accountKinds)[number];

/** Whose rows go, and where. */
export interface ErasureRequest {
  readonly userId: string;
  /** The tenant whose part goes; null for all that the person is in. */
  readonly tenant: TenantId | null;
  /** Whether an account in no tenant may be meant, which is nobody's but the operator's. */
  readonly isOrphanMeant: boolean;
  /** Whether it is only counted what would go. */
  readonly isDryRun: boolean;
}

/** What went, or would go. */
export interface Erasure {
  /** With the last membership the account goes, and what other tenants still had of the person. */
  readonly isAccountErased: boolean;
  readonly tenants: readonly {
    readonly tenant: TenantId;
    readonly rows: Readonly<Record<TenantKind, number>>;
  }[];
  /** Rows of tenants that the person is in no more. */
  readonly leftovers: Readonly<Record<TenantKind, number>>;
  readonly accountRows: Readonly<Record<AccountKind, number>>;
  /** Keys and grants that are gone: what they have opened must end. */
  readonly ended: readonly GrantName[];
}

/** What is kept of people, across the domains. */
export interface PrivacyStore {
  /**
   * Deletes what is kept of a person and is no record, all or nothing. Undefined when the tenant
   * has no such user; rejects with `conflict` when a tenant would be left without an active owner.
   */
  erase(request: ErasureRequest): Promise<Erasure | undefined>;
  /**
   * Takes what was deleted out of the database's files as far as the engine can; see
   * `docs/operate/privacy.md` for what remains until when.
   */
  scrub(): Promise<void>;
  /** Grants of a person in a tenant, those that ended too, the oldest first. */
  grants(tenant: TenantId, userId: string): Promise<readonly Grant[]>;
  /** Who a person is at other authorization servers. */
  identityLinks(tenant: TenantId, userId: string): Promise<readonly IdentityLink[]>;
}
