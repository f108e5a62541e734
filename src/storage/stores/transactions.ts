import type { Steps } from './transaction.ts';
import type { TransactionMemo } from './transaction-memo.ts';
import { chatTransactions } from './transactions/chat/chat-transactions.ts';
import { decideApproval, requestApproval } from './transactions/approvals.ts';
import { decideDefinition } from './transactions/definition-pins.ts';
import {
  insertPlan,
  insertPlanVersion,
  publishPlanVersion,
  removePlan,
  removePlanDraft,
  updatePlan,
  updatePlanDraft,
} from './transactions/billing/plans.ts';
import { acquirePoolLease, closePoolLease } from './transactions/billing/pools/acquire-lease.ts';
import { insertBudget, removeBudget, updateBudget } from './transactions/billing/pools/budgets.ts';
import { grantCredit } from './transactions/billing/pools/credit.ts';
import { drawPoolHolds } from './transactions/billing/pools/draw-holds.ts';
import { abandonPoolLeases, sweepPools } from './transactions/billing/pools/end-leases.ts';
import { endSubscription, insertSubscription } from './transactions/billing/subscriptions.ts';

import {
  insertCapture,
  putCaptureSetting,
  removeCaptures,
  removeCaptureSetting,
  removeExpiredCaptures,
} from './transactions/privacy/captures.ts';
import { erasePerson } from './transactions/privacy/erase-person.ts';
import { insertGuardRule, removeGuardRule, updateGuardRule } from './transactions/guard-rules.ts';
import { revokeGrant, revokeGrantsOfUser } from './transactions/authentication/revoke-grants.ts';
import { rotateRefreshToken } from './transactions/authentication/rotate-refresh-token.ts';
import {
  enrolSecondFactor,
  takeRecoveryCode,
} from './transactions/authentication/second-factors.ts';
import { beginAttempt, succeedAttempt } from './transactions/authentication/begin-attempt.ts';
import {
  insertSsoConnection,
  removeSsoConnection,
  updateSsoConnection,
} from './transactions/authentication/sso.ts';
import { replaceSigningKey } from './transactions/authentication/signing-keys.ts';
import { updateAccount } from './transactions/identity/accounts.ts';
import {
  addGroupMember,
  changeGroup,
  insertGroup,
  removeGroup,
  removeGroupMember,
  updateGroup,
} from './transactions/identity/groups.ts';
import { createKey, revokeKey, rotateKey } from './transactions/identity/keys.ts';
import { addMember, removeMember, updateMember } from './transactions/identity/members.ts';
import { insertRole, removeRole, updateRole } from './transactions/identity/roles.ts';
import {
  insertServiceAccount,
  removeServiceAccount,
  updateServiceAccount,
} from './transactions/identity/service-accounts.ts';
import {
  createClientCertificate,
  removeClientCertificate,
} from './transactions/identity/client-certificates.ts';
import { updateTenant } from './transactions/identity/tenants.ts';
import { rebuildRollups, startRollupRebuild } from './transactions/rollups/rebuild-rollups.ts';
import { billingFigures } from './transactions/billing/billing-figures.ts';
import { invoiceTransactions } from './transactions/billing/invoices/invoice-transactions.ts';
import { rateUsage } from './transactions/billing/rate-usage.ts';
import { turnPeriods } from './transactions/billing/turn-periods.ts';
import { voidCharge } from './transactions/billing/void-charge.ts';
import { addConnectState, takeConnectState } from './transactions/connect-states.ts';
import {
  claimRefresh,
  expireConnection,
  putConnection,
  releaseRefresh,
  removeConnection,
  renewConnection,
} from './transactions/connections.ts';
import { insertBundle } from './transactions/insert-bundle.ts';
import {
  insertPolicyRules,
  removePolicyRule,
  updatePolicyRule,
} from './transactions/policy-rules.ts';
import { putPolicySettings } from './transactions/put-policy-settings.ts';
import {
  insertOAuthClient,
  registerOAuthClient,
  revokeGrantsOfClient,
} from './transactions/oauth.ts';
import { putSecrets } from './transactions/put-secrets.ts';
import { removeBundle } from './transactions/remove-bundle.ts';
import { removeService } from './transactions/remove-service.ts';
import { changeRetention, cutAudit, cutUsage } from './transactions/retention.ts';
import { removeSession } from './transactions/sessions.ts';
import { updateBundle } from './transactions/update-bundle.ts';
import { updateService } from './transactions/update-service.ts';
import {
  deleteUnusedVaultKeys,
  deleteVaultItem,
  putVaultItem,
  resealVaultItem,
  rewrapVaultKey,
} from './transactions/vault-items.ts';
import { beginExport, failExport, finishExport } from './transactions/export/begin-export.ts';
import {
  insertModelPrice,
  insertModelProvider,
  removeModelPrice,
  removeModelProvider,
  updateModelProvider,
} from './transactions/chat/model-providers.ts';
import { beginInvoiceExport, endInvoiceExport } from './transactions/export/export-invoices.ts';
import { insertExporter, removeExporter, updateExporter } from './transactions/export/exporters.ts';
import { beginRetries, endRetries, retryExports } from './transactions/export/retry-exports.ts';
import {
  addWebhookEvent,
  noteDeliveries,
  replayDeliveries,
  sweepDeliveries,
} from './transactions/webhooks/deliveries.ts';
import {
  insertWebhookEndpoint,
  removeWebhookEndpoint,
  rotateWebhookSecret,
  updateWebhookEndpoint,
} from './transactions/webhooks/endpoints.ts';
import { clearToolUses, putToolSearchSetting } from './transactions/tool-uses.ts';
import { usualTransactions } from './usual-transactions.ts';

/**
 * Every named transaction. A name and its parameters, which are plain data, travel to where the
 * database is; the body that runs there is the one named here, for every engine.
 */
export const transactions = {
  ...usualTransactions,
  updateTenant,
  updateAccount,
  addMember,
  updateMember,
  removeMember,
  insertRole,
  updateRole,
  removeRole,
  insertGroup,
  updateGroup,
  changeGroup,
  removeGroup,
  addGroupMember,
  removeGroupMember,
  insertServiceAccount,
  updateServiceAccount,
  removeServiceAccount,
  createKey,
  rotateKey,
  revokeKey,
  createClientCertificate,
  removeClientCertificate,
  putSecrets,
  updateService,
  removeService,
  insertBundle,
  updateBundle,
  removeBundle,
  removeSession,
  insertPolicyRules,
  updatePolicyRule,
  removePolicyRule,
  putPolicySettings,
  decideDefinition,
  insertGuardRule,
  updateGuardRule,
  removeGuardRule,
  requestApproval,
  decideApproval,
  rewrapVaultKey,
  deleteUnusedVaultKeys,
  putVaultItem,
  deleteVaultItem,
  resealVaultItem,
  putConnection,
  renewConnection,
  expireConnection,
  removeConnection,
  claimRefresh,
  releaseRefresh,
  addConnectState,
  takeConnectState,
  changeRetention,
  cutUsage,
  cutAudit,
  revokeGrant,
  revokeGrantsOfUser,
  rotateRefreshToken,
  replaceSigningKey,
  enrolSecondFactor,
  takeRecoveryCode,
  beginAttempt,
  succeedAttempt,
  registerOAuthClient,
  insertOAuthClient,
  revokeGrantsOfClient,
  insertSsoConnection,
  updateSsoConnection,
  removeSsoConnection,
  billingFigures,
  startRollupRebuild,
  rebuildRollups,
  rateUsage,
  turnPeriods,
  voidCharge,
  ...invoiceTransactions,
  ...chatTransactions,
  insertPlan,
  updatePlan,
  removePlan,
  insertPlanVersion,
  updatePlanDraft,
  removePlanDraft,
  publishPlanVersion,
  acquirePoolLease,
  closePoolLease,
  abandonPoolLeases,
  drawPoolHolds,
  sweepPools,
  grantCredit,
  insertBudget,
  updateBudget,
  removeBudget,
  insertSubscription,
  endSubscription,
  erasePerson,
  putCaptureSetting,
  removeCaptureSetting,
  insertCapture,
  removeCaptures,
  removeExpiredCaptures,
  insertWebhookEndpoint,
  updateWebhookEndpoint,
  rotateWebhookSecret,
  removeWebhookEndpoint,
  addWebhookEvent,
  replayDeliveries,
  noteDeliveries,
  sweepDeliveries,
  insertModelProvider,
  updateModelProvider,
  removeModelProvider,
  insertModelPrice,
  removeModelPrice,
  insertExporter,
  updateExporter,
  removeExporter,
  beginExport,
  finishExport,
  failExport,
  clearToolUses,
  putToolSearchSetting,
  retryExports,
  beginRetries,
  endRetries,
  beginInvoiceExport,
  endInvoiceExport,
} as const;

/** The name of a transaction. */
export type TransactionName = keyof typeof transactions;

/** What a transaction takes. */
export type TransactionParameters<Name extends TransactionName> = Parameters<
  (typeof transactions)[Name]
>[0];

/** What a transaction answers. */
export type TransactionResult<Name extends TransactionName> =
  ReturnType<(typeof transactions)[Name]> extends Steps<infer Result> ? Result : never;

/**
 * The steps of a named transaction; the caller's types have matched name and parameters. `memo` is
 * the engine's.
 */
export function stepsOf(
  name: TransactionName,
  parameters: unknown,
  memo: TransactionMemo,
): Steps<unknown> {
  const body = transactions[name] as (parameters: unknown, memo: TransactionMemo) => Steps<unknown>;
  return body(parameters, memo);
}
