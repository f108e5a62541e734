import type { Stores } from '../storage.ts';
import { createAliasStore } from './alias-store.ts';
import { createApprovalStore } from './guard/approval-store.ts';
import { createAuditStore } from './audit-store.ts';
import { createAttemptStore } from './authentication/attempt-store.ts';
import { createGrantStore } from './authentication/grant-store.ts';
import { createLoginSessionStore } from './authentication/login-session-store.ts';
import { createOneTimeTokenStore } from './authentication/one-time-token-store.ts';
import { createSecondFactorStore } from './authentication/second-factor-store.ts';
import { createSsoConnectionStore, createSsoLoginStore } from './authentication/sso-stores.ts';
import { createRefreshTokenStore, createSigningKeyStore } from './authentication/token-stores.ts';
import { createAnalyticsStore, createRollupStore } from './billing/analytics-store.ts';
import { createChargeStore } from './billing/charge-store.ts';
import {
  createCouponStore,
  createDetailsStore,
  createInvoiceStore,
  createOneOffStore,
} from './billing/invoice-store.ts';
import { createLedgerStore } from './billing/ledger-store.ts';
import { createReconciliationStore } from './billing/reconciliation-store.ts';
import { createBudgetStore, createCreditStore, createPoolStore } from './billing/pool-store.ts';
import { createVerificationStore } from './billing/verification-store.ts';
import { createModelStore } from './chat/model-store.ts';
import { createExporterStore } from './billing/exporter-store.ts';
import { createCostStore } from './billing/cost-store.ts';
import { createPlanStore } from './billing/plan-store.ts';
import { createStatementStore } from './billing/statement-store.ts';
import { createSubscriptionStore } from './billing/subscription-store.ts';
import { createBundleStore } from './bundle-store.ts';
import { createEvaluationStore } from './chat/evaluation-store.ts';
import { createTrainingStore } from './chat/training-store.ts';
import { createAgentStore } from './chat/agent-store.ts';
import { createChatStore } from './chat/chat-store.ts';
import { createConnectionStore } from './vault/connection-store.ts';
import type { Database } from './database.ts';
import { createGuardRuleStore } from './guard/guard-rule-store.ts';
import { createAccountStore } from './identity/account-store.ts';
import { createApiKeyStore } from './identity/api-key-store.ts';
import { createClientCertificateStore } from './identity/client-certificate-store.ts';
import { createGroupStore } from './identity/group-store.ts';
import { createMemberStore } from './identity/member-store.ts';
import { createRingKeyStore } from './identity/ring-key-store.ts';
import { createRoleStore } from './identity/role-store.ts';
import { createServiceAccountStore } from './identity/service-account-store.ts';
import { createTenantStore } from './identity/tenant-store.ts';
import { createLeaseStore } from './lease-store.ts';
import { createPolicyStore } from './policy-store.ts';
import { createCaptureStore } from './privacy/capture-store.ts';
import { createPrivacyStore } from './privacy/privacy-store.ts';
import { createPinStore } from './guard/pin-store.ts';
import { createRetentionStore } from './retention-store.ts';
import { createOAuthGrantStore } from './authentication/oauth-grant-store.ts';
import { createArtifactStore, createOAuthClientStore } from './authentication/oauth-store.ts';
import { createSecretStore } from './secret-store.ts';
import { createServiceStore } from './service-store.ts';
import { createSessionStore } from './session-store.ts';
import { createToolUseStore } from './tool-use-store.ts';
import { createUsageStore } from './usage-store.ts';
import { createVaultStore } from './vault/vault-store.ts';
import { createVersionStore } from './version-store.ts';
import { createWebhookStore } from './webhooks/webhook-store.ts';

/** The stores over one database, whatever its engine. */
export function createStores(database: Database): Stores {
  return {
    tenants: createTenantStore(database),
    accounts: createAccountStore(database),
    members: createMemberStore(database),
    roles: createRoleStore(database),
    groups: createGroupStore(database),
    serviceAccounts: createServiceAccountStore(database),
    apiKeys: createApiKeyStore(database),
    clientCertificates: createClientCertificateStore(database),
    services: createServiceStore(database),
    aliases: createAliasStore(database),
    secrets: createSecretStore(database),
    bundles: createBundleStore(database),
    sessions: createSessionStore(database),
    usage: createUsageStore(database),
    ringKeys: createRingKeyStore(database),
    leases: createLeaseStore(database),
    versions: createVersionStore(database),
    policy: createPolicyStore(database),
    pins: createPinStore(database),
    guardRules: createGuardRuleStore(database),
    approvals: createApprovalStore(database),
    vault: createVaultStore(database),
    connections: createConnectionStore(database),
    audit: createAuditStore(database),
    retention: createRetentionStore(database),
    grants: createGrantStore(database),
    refreshTokens: createRefreshTokenStore(database),
    signingKeys: createSigningKeyStore(database),
    loginSessions: createLoginSessionStore(database),
    secondFactors: createSecondFactorStore(database),
    oneTimeTokens: createOneTimeTokenStore(database),
    attempts: createAttemptStore(database),
    oauthArtifacts: createArtifactStore(database),
    oauthClients: createOAuthClientStore(database),
    oauthGrants: createOAuthGrantStore(database),
    ssoConnections: createSsoConnectionStore(database),
    ssoLogins: createSsoLoginStore(database),
    charges: createChargeStore(database),
    ledger: createLedgerStore(database),
    reconciliations: createReconciliationStore(database),
    verifications: createVerificationStore(database),
    costs: createCostStore(database),
    statements: createStatementStore(database),
    analytics: createAnalyticsStore(database),
    rollups: createRollupStore(database),
    plans: createPlanStore(database),
    pools: createPoolStore(database),
    credit: createCreditStore(database),
    budgets: createBudgetStore(database),
    subscriptions: createSubscriptionStore(database),
    invoices: createInvoiceStore(database),
    coupons: createCouponStore(database),
    billingDetails: createDetailsStore(database),
    oneOffs: createOneOffStore(database),
    privacy: createPrivacyStore(database),
    captures: createCaptureStore(database),
    webhooks: createWebhookStore(database),
    exporters: createExporterStore(database),
    models: createModelStore(database),
    evaluations: createEvaluationStore(database),
    training: createTrainingStore(database),
    agents: createAgentStore(database),
    chats: createChatStore(database),
    toolUses: createToolUseStore(database),
  };
}
