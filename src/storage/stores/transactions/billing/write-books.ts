import {
  bookCharges,
  checkBalanced,
  encodeState,
  type Charge,
  type DraftCharge,
  type LedgerTransaction,
  type Meter,
} from '../../../../billing/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql, tuples } from '../../sql.ts';
import { change, type Steps } from '../../transaction.ts';
import { chunks } from './chunks.ts';

/** Writes charges with their transactions, entries and balances. */
export function* writeCharges(
  tenant: TenantId,
  drafts: readonly DraftCharge[],
  about: { readonly reverses?: string; readonly reason?: string } = {},
): Steps<readonly Charge[]> {
  const { charges, transactions } = bookCharges(drafts, about);
  for (const transaction of transactions) yield* writeTransaction(tenant, transaction);
  for (const some of chunks(charges)) {
    yield* change(sql`INSERT INTO charge (tenant_id, gate_key, rule_id, seq, unit, kind, usage_id,
        plan_version_id, subscription_id, period_start_ms, service_period_start_ms, quantity,
        amount_nano, currency, ledger_tx_id, at_ms)
      VALUES ${tuples(
        some.map((charge) => [
          tenant,
          charge.gateKey,
          charge.ruleId,
          charge.seq,
          charge.unit,
          charge.kind,
          charge.usageId,
          charge.planVersionId,
          charge.subscriptionId,
          charge.periodStartMs,
          charge.servicePeriodStartMs,
          charge.quantity,
          charge.amount,
          charge.currency,
          charge.ledgerTxId,
          charge.atMs,
        ]),
      )}`);
  }
  return charges;
}

/** Writes the counters as they are now. */
export function* writeMeters(tenant: TenantId, meters: readonly Meter[]): Steps<null> {
  for (const some of chunks(meters)) {
    yield* change(sql`INSERT INTO meter (tenant_id, subscription_id, rule_id, period_start_ms,
        state, posted_nano)
      VALUES ${tuples(
        some.map(({ subscriptionId, ruleId, periodStartMs, state, posted }) => {
          return [tenant, subscriptionId, ruleId, periodStartMs, encodeState(state), posted];
        }),
      )}
      ON CONFLICT (tenant_id, subscription_id, rule_id, period_start_ms) DO UPDATE
      SET state = excluded.state, posted_nano = excluded.posted_nano`);
  }
  return null;
}

/** Entries first: the transaction's own row is refused unless they are there and balance. */
export function* writeTransaction(tenant: TenantId, transaction: LedgerTransaction): Steps<null> {
  checkBalanced(transaction);
  const { id, kind, currency, atMs, reverses, reason } = transaction;
  // In one order, so that two who book at once wait for each other instead of blocking each other.
  const entries = transaction.entries.toSorted((one, other) =>
    one.accountId < other.accountId ? -1 : 1,
  );
  yield* change(sql`INSERT INTO ledger_account (tenant_id, id, kind, currency)
    VALUES ${tuples(
      entries.map(({ accountId }) => {
        return [tenant, accountId, accountId.slice(0, accountId.indexOf(':')), currency];
      }),
    )} ON CONFLICT DO NOTHING`);
  yield* change(sql`INSERT INTO ledger_entry (tenant_id, tx_id, account_id, amount_nano)
    VALUES ${tuples(entries.map(({ accountId, amount }) => [tenant, id, accountId, amount]))}`);
  yield* change(sql`INSERT INTO ledger_tx (tenant_id, id, kind, currency, at_ms, reverses, reason)
    VALUES (${tenant}, ${id}, ${kind}, ${currency}, ${atMs}, ${reverses}, ${reason})`);
  yield* change(sql`INSERT INTO account_balance (tenant_id, account_id, posted_nano, version)
    VALUES ${tuples(entries.map(({ accountId, amount }) => [tenant, accountId, amount, 1]))}
    ON CONFLICT (tenant_id, account_id) DO UPDATE
    SET posted_nano = account_balance.posted_nano + excluded.posted_nano,
      version = account_balance.version + 1`);
  return null;
}
