import type { Steps } from './transaction.ts';
import {
  decideApproval,
  removeExpiredApprovals,
  requestApproval,
} from './transactions/approvals.ts';
import { decideDefinition, observeDefinitions } from './transactions/definition-pins.ts';
import { insertGuardRule, removeGuardRule, updateGuardRule } from './transactions/guard-rules.ts';
import { deleteExpiredSignIns } from './transactions/authentication/delete-expired.ts';
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
import { createKey, noteKeyUse, revokeKey, rotateKey } from './transactions/identity/keys.ts';
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
import { createTenant, updateTenant } from './transactions/identity/tenants.ts';
import { addConnectState, takeConnectState } from './transactions/connect-states.ts';
import {
  claimRefresh,
  expireConnection,
  putConnection,
  releaseRefresh,
  removeConnection,
  renewConnection,
} from './transactions/connections.ts';
import { appendAudit } from './transactions/append-audit.ts';
import { insertAliases } from './transactions/insert-aliases.ts';
import { insertBundle } from './transactions/insert-bundle.ts';
import { insertService } from './transactions/insert-service.ts';
import { acquireLease, noteJobRun, renewLease } from './transactions/leases.ts';
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
  sweepOAuth,
} from './transactions/oauth.ts';
import { putSecrets } from './transactions/put-secrets.ts';
import { removeBundle } from './transactions/remove-bundle.ts';
import { removeService } from './transactions/remove-service.ts';
import { changeRetention, cutAudit, cutUsage, sweepBehindCuts } from './transactions/retention.ts';
import { removeExpiredSessions, removeSession } from './transactions/sessions.ts';
import { updateBundle } from './transactions/update-bundle.ts';
import { updateService } from './transactions/update-service.ts';
import {
  addVaultKey,
  deleteUnusedVaultKeys,
  deleteVaultItem,
  putVaultItem,
  resealVaultItem,
  rewrapVaultKey,
} from './transactions/vault-items.ts';

/**
 * Every named transaction. A name and its parameters, which are plain data, travel to where the
 * database is; the body that runs there is the one named here, for every engine.
 */
export const transactions = {
  createTenant,
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
  noteKeyUse,
  createClientCertificate,
  removeClientCertificate,
  insertAliases,
  putSecrets,
  insertService,
  updateService,
  removeService,
  insertBundle,
  updateBundle,
  removeBundle,
  removeSession,
  removeExpiredSessions,
  acquireLease,
  renewLease,
  noteJobRun,
  insertPolicyRules,
  updatePolicyRule,
  removePolicyRule,
  putPolicySettings,
  observeDefinitions,
  decideDefinition,
  insertGuardRule,
  updateGuardRule,
  removeGuardRule,
  requestApproval,
  decideApproval,
  removeExpiredApprovals,
  addVaultKey,
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
  appendAudit,
  changeRetention,
  cutUsage,
  cutAudit,
  sweepBehindCuts,
  revokeGrant,
  revokeGrantsOfUser,
  rotateRefreshToken,
  replaceSigningKey,
  enrolSecondFactor,
  takeRecoveryCode,
  beginAttempt,
  succeedAttempt,
  deleteExpiredSignIns,
  registerOAuthClient,
  insertOAuthClient,
  sweepOAuth,
  revokeGrantsOfClient,
  insertSsoConnection,
  updateSsoConnection,
  removeSsoConnection,
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

/** The steps of a named transaction; the caller's types have matched name and parameters. */
export function stepsOf(name: TransactionName, parameters: unknown): Steps<unknown> {
  const body = transactions[name] as (parameters: unknown) => Steps<unknown>;
  return body(parameters);
}
