import type { Steps } from './transaction.ts';
import { createKey } from './transactions/create-key.ts';
import { createTenant } from './transactions/create-tenant.ts';
import { insertAliases } from './transactions/insert-aliases.ts';
import { insertBundle } from './transactions/insert-bundle.ts';
import { insertService } from './transactions/insert-service.ts';
import { acquireLease, noteJobRun, renewLease } from './transactions/leases.ts';
import { putSecrets } from './transactions/put-secrets.ts';
import { removeBundle } from './transactions/remove-bundle.ts';
import { removeService } from './transactions/remove-service.ts';
import { revokeKey } from './transactions/revoke-key.ts';
import { removeExpiredSessions, removeSession } from './transactions/sessions.ts';
import { updateBundle } from './transactions/update-bundle.ts';
import { updateService } from './transactions/update-service.ts';

/**
 * Every named transaction. A name and its parameters, which are plain data, travel to where the
 * database is; the body that runs there is the one named here, for every engine.
 */
export const transactions = {
  createTenant,
  createKey,
  revokeKey,
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
