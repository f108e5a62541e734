import type { AuditStore, RetentionStore } from '../audit/store.ts';
import type {
  ChargeStore,
  LedgerStore,
  ReconciliationStore,
  VerificationStore,
} from '../billing/store.ts';
import type {
  BillingDetailsStore,
  CouponStore,
  InvoiceStore,
  OneOffStore,
} from '../billing/invoices/store.ts';
import type { EvaluationStore } from '../chat/evaluation/store.ts';
import type { TrainingStore } from '../chat/training/store.ts';
import type { AgentStore } from '../chat/agents/store.ts';
import type { ModelStore } from '../chat/models/store.ts';
import type { ExporterStore } from '../billing/export/store.ts';
import type { AnalyticsStore, RollupStore } from '../billing/analytics/store.ts';
import type { CostStore } from '../billing/costs/store.ts';
import type { BudgetStore, CreditStore, PoolStore } from '../billing/pools/store.ts';
import type { PlanStore, SubscriptionStore } from '../billing/plans/store.ts';
import type { StatementStore } from '../billing/statements/store.ts';
import type { AliasStore, BundleStore, SecretStore, ServiceStore } from '../catalog/store.ts';
import type { ChatStore } from '../chat/store.ts';
import type { ToolUseStore } from '../tool-search/store.ts';
import type { PinStore } from '../catalog/pins/store.ts';
import type { ApprovalStore } from '../gateway/approvals/store.ts';
import type { CaptureStore } from '../gateway/captures/store.ts';
import type { SessionStore } from '../gateway/store.ts';
import type {
  AccountStore,
  ClientCertificateStore,
  ApiKeyStore,
  ArtifactStore,
  AttemptStore,
  GrantStore,
  GroupStore,
  LoginSessionStore,
  MemberStore,
  OAuthClientStore,
  OAuthGrantStore,
  OneTimeTokenStore,
  RefreshTokenStore,
  RingKeyStore,
  RoleStore,
  SecondFactorStore,
  ServiceAccountStore,
  SignInSweepStore,
  SigningKeyStore,
  TenantStore,
  ConnectionStore,
  VaultStore,
} from '../identity/store.ts';
import type { PrivacyStore } from '../identity/privacy/store.ts';
import type { SsoConnectionStore, SsoLoginStore } from '../identity/sso/store.ts';
import type { LeaseStore, VersionStore } from '../jobs/store.ts';
import type { UsageStore } from '../metering/store.ts';
import type { PolicyStore } from '../policy/store.ts';
import type { GuardRuleStore } from '../policy/guardrails/store.ts';
import type { WebhookStore } from '../webhooks/store.ts';

/** Every store of one gateway. */
export interface Stores {
  readonly tenants: TenantStore;
  readonly accounts: AccountStore;
  readonly members: MemberStore;
  readonly roles: RoleStore;
  readonly groups: GroupStore;
  readonly serviceAccounts: ServiceAccountStore;
  readonly apiKeys: ApiKeyStore;
  readonly clientCertificates: ClientCertificateStore;
  readonly services: ServiceStore;
  readonly aliases: AliasStore;
  readonly secrets: SecretStore;
  readonly bundles: BundleStore;
  readonly sessions: SessionStore;
  readonly usage: UsageStore;
  readonly ringKeys: RingKeyStore;
  readonly leases: LeaseStore;
  readonly versions: VersionStore;
  readonly policy: PolicyStore;
  readonly pins: PinStore;
  readonly guardRules: GuardRuleStore;
  readonly approvals: ApprovalStore;
  readonly vault: VaultStore;
  readonly connections: ConnectionStore;
  readonly audit: AuditStore;
  readonly retention: RetentionStore;
  readonly grants: GrantStore;
  readonly refreshTokens: RefreshTokenStore;
  readonly signingKeys: SigningKeyStore;
  readonly loginSessions: LoginSessionStore;
  readonly secondFactors: SecondFactorStore;
  readonly oneTimeTokens: OneTimeTokenStore;
  readonly attempts: AttemptStore & SignInSweepStore;
  readonly oauthArtifacts: ArtifactStore;
  readonly oauthClients: OAuthClientStore;
  readonly oauthGrants: OAuthGrantStore;
  readonly ssoConnections: SsoConnectionStore;
  readonly ssoLogins: SsoLoginStore;
  readonly charges: ChargeStore;
  readonly ledger: LedgerStore;
  readonly reconciliations: ReconciliationStore;
  readonly verifications: VerificationStore;
  readonly costs: CostStore;
  readonly statements: StatementStore;
  readonly analytics: AnalyticsStore;
  readonly rollups: RollupStore;
  readonly plans: PlanStore;
  readonly pools: PoolStore;
  readonly credit: CreditStore;
  readonly budgets: BudgetStore;
  readonly subscriptions: SubscriptionStore;
  readonly invoices: InvoiceStore;
  readonly coupons: CouponStore;
  readonly billingDetails: BillingDetailsStore;
  readonly oneOffs: OneOffStore;
  readonly privacy: PrivacyStore;
  readonly captures: CaptureStore;
  readonly webhooks: WebhookStore;
  readonly exporters: ExporterStore;
  readonly models: ModelStore;
  readonly agents: AgentStore;
  readonly evaluations: EvaluationStore;
  readonly training: TrainingStore;
  readonly chats: ChatStore;
  readonly toolUses: ToolUseStore;
}

/** The stores of one gateway and the open database behind them, whatever its engine. */
export interface Storage extends Stores {
  /** The names of the migrations that the database lacked when it was opened. */
  readonly appliedMigrations: readonly string[];
  /** Finishes what was asked for, then lets go of the database. */
  close(): Promise<void>;
}
