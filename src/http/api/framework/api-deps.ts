import type { AuditLog } from '../../../audit/audit-log.ts';
import type { AuditStore, RetentionStore } from '../../../audit/store.ts';
import type { TrainingStore } from '../../../chat/training/store.ts';
import type { ConversationStore } from '../../../chat/store.ts';
import type { ApprovalStore } from '../../../gateway/approvals/store.ts';
import type { CaptureDesk } from '../../../gateway/captures/capture-desk.ts';
import type { ReconciliationStore } from '../../../billing/store.ts';
import type { ServiceRegistry, ServiceState } from '../../../catalog/service-view.ts';
import type { Authentication } from '../../../identity/create-authentication.ts';
import type { KeyMaker } from '../../../identity/keys/make-key.ts';
import type {
  AccountStore,
  ApiKeyStore,
  ClientCertificateStore,
  ConnectionStore,
  GrantStore,
  GroupStore,
  LoginSessionStore,
  MemberStore,
  RoleStore,
  SecondFactorStore,
  ServiceAccountStore,
  TenantStore,
} from '../../../identity/store.ts';
import type { PrivacyStore } from '../../../identity/privacy/store.ts';
import type { OAuthClientStore, OAuthGrantStore } from '../../../identity/oauth/store.ts';
import type { DomainProof } from '../../../identity/sso/domain-proof.ts';
import type { Sso } from '../../../identity/sso/create-sso.ts';
import type { SsoConnectionStore } from '../../../identity/sso/store.ts';
import type { Seal } from '../../../kernel/seal.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Admit, TenantId } from '../../../kernel/principal.ts';
import type { UsageStore } from '../../../metering/store.ts';
import type { BillingRouteDeps } from './billing-deps.ts';
import type { PolicyRouteDeps } from './policy-deps.ts';
import type { BaseUrlOf } from '../../listener/base-url.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';

/** What the process says of itself to health checks. */
export interface ApiStatus {
  readonly phase: 'starting' | 'ready' | 'draining';
  readonly startedAtMs: number;
  readonly version: string;
  /** How many services of all tenants are in each state. */
  readonly services: Readonly<Record<ServiceState, number>>;
}

/** Who there is and what they have. */
export interface IdentityStores {
  readonly tenants: TenantStore;
  readonly accounts: AccountStore;
  readonly members: MemberStore;
  readonly roles: RoleStore;
  readonly groups: GroupStore;
  readonly serviceAccounts: ServiceAccountStore;
  readonly apiKeys: ApiKeyStore;
  readonly clientCertificates: ClientCertificateStore;
}
/** What the control plane reads of the audit log. */
type AuditStoreView = Omit<AuditStore, 'append'>;

/** Grants of people, and the OAuth clients that they are given to. */
export interface OAuthDeps {
  readonly clients: OAuthClientStore;
  readonly grants: Pick<GrantStore, 'get' | 'revoke' | 'revokeOfUser'>;
  readonly listed: Pick<OAuthGrantStore, 'list' | 'revokeOfClient'>;
  /** Seals clients' metadata. */
  readonly seal: Seal;
}

/** Signing in at the tenants' own providers. */
export interface SsoDeps {
  readonly connections: SsoConnectionStore;
  readonly signIn: Sso;
  readonly domainProof: DomainProof;
  /** Carries out a provider's order to end logins. */
  logout(token: string): Promise<void>;
  /** Seals client secrets. */
  readonly seal: Seal;
}

/** What is kept of people, to hand it out and to erase it; and captured calls. */
export interface PrivacyDeps {
  readonly store: PrivacyStore;
  readonly captures: Pick<
    CaptureDesk,
    'show' | 'turnOn' | 'turnOff' | 'list' | 'get' | 'removeAll'
  >;
  readonly approvals: Pick<ApprovalStore, 'ofUser'>;
  readonly conversations: Pick<ConversationStore, 'list' | 'messages'>;
  readonly training: Pick<TrainingStore, 'consent' | 'feedback'>;
  readonly connections: Pick<ConnectionStore, 'list'>;
  readonly secondFactors: Pick<SecondFactorStore, 'get'>;
  readonly loginSessions: Pick<LoginSessionStore, 'list'>;
  /** Reads again what this instance keeps in memory of a tenant's people. */
  forget(tenant: TenantId): Promise<void>;
}

/** Everything the control plane needs from the rest of the gateway. */
export interface ApiDeps extends PolicyRouteDeps, BillingRouteDeps {
  readonly registry: ServiceRegistry;
  readonly usage: Pick<UsageStore, 'list' | 'ofUser' | 'totals'>;
  /** Moves usage that is durable but not yet listed into the store. */
  drainUsage(): Promise<void>;
  readonly identity: IdentityStores;
  readonly admit: Admit;
  readonly keyMaker: KeyMaker;
  /** Ends what a grant has opened, whatever caches know it, once the store knows of its end. */
  revoked(tenant: TenantId, grantId: string): void;
  readonly audit: Pick<AuditLog, 'record' | 'note' | 'flush'>;
  readonly auditStore: AuditStoreView;
  readonly retention: Pick<RetentionStore, 'settings' | 'change'>;
  readonly privacy: PrivacyDeps;
  readonly reconciliations: Pick<ReconciliationStore, 'get'>;
  readonly authentication: Authentication;
  /** Counts a request of an address that may carry a secret; throws `too_many`. */
  signInRate(address: string): void;
  readonly oauth: OAuthDeps;
  readonly sso: SsoDeps;
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  status(): ApiStatus;
  readonly log: Log;
  readonly ids: Pick<IdSource, 'next'>;
  /** Epoch milliseconds. */
  now(): number;
}
