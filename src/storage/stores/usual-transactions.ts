import { appendAudit } from './transactions/append-audit.ts';
import { removeExpiredApprovals } from './transactions/approvals.ts';
import { deleteExpiredSignIns } from './transactions/authentication/delete-expired.ts';
import { observeDefinitions } from './transactions/definition-pins.ts';
import { noteKeyUse } from './transactions/identity/keys.ts';
import { createTenant } from './transactions/identity/tenants.ts';
import { insertAliases } from './transactions/insert-aliases.ts';
import { insertService } from './transactions/insert-service.ts';
import { acquireLease, noteJobRun, renewLease } from './transactions/leases.ts';
import { sweepOAuth } from './transactions/oauth.ts';
import { removeExpiredCaptures } from './transactions/privacy/captures.ts';
import { sweepBehindCuts } from './transactions/retention.ts';
import { removeExpiredSessions } from './transactions/sessions.ts';
import { addToolUses, removeExpiredToolUses } from './transactions/tool-uses.ts';
import { addVaultKey } from './transactions/vault-items.ts';

/**
 * The named transactions of a gateway that starts, passes calls on and clears away. A thread that
 * has them needs the others only when somebody administers something.
 */
export const usualTransactions = {
  createTenant,
  noteKeyUse,
  insertAliases,
  insertService,
  acquireLease,
  renewLease,
  noteJobRun,
  observeDefinitions,
  addVaultKey,
  appendAudit,
  removeExpiredSessions,
  removeExpiredApprovals,
  removeExpiredCaptures,
  deleteExpiredSignIns,
  sweepOAuth,
  sweepBehindCuts,
  addToolUses,
  removeExpiredToolUses,
} as const;
