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
import { sql, tuples, type RowsTarget } from '../../sql.ts';
import { addRows, change, firstRow, type Steps } from '../../transaction.ts';
import { addCostRollups, type ChargedUse } from '../rollups/add-cost-rollups.ts';

const CHARGE: RowsTarget = {
  table: 'charge',
  columns: {
    tenant_id: 'text',
    gate_key: 'text',
    rule_id: 'text',
    seq: 'bigint',
    unit: 'text',
    kind: 'text',
    usage_id: 'text',
    plan_version_id: 'text',
    subscription_id: 'text',
    period_start_ms: 'bigint',
    service_period_start_ms: 'bigint',
    quantity: 'text',
    amount_nano: 'bigint',
    currency: 'text',
    ledger_tx_id: 'text',
    at_ms: 'bigint',
    block: 'bigint',
  },
};

const METER: RowsTarget = {
  table: 'meter',
  columns: {
    tenant_id: 'text',
    subscription_id: 'text',
    rule_id: 'text',
    period_start_ms: 'bigint',
    state: 'text',
    posted_nano: 'bigint',
  },
  end: `ON CONFLICT (tenant_id, subscription_id, rule_id, period_start_ms) DO UPDATE
    SET state = excluded.state, posted_nano = excluded.posted_nano`,
};

/**
 * Writes charges with their transactions, entries and balances, and adds them to what is summed up.
 * `uses` are the records that they are for, as far as they are at hand.
 */
export function* writeCharges(
  tenant: TenantId,
  drafts: readonly DraftCharge[],
  about: { readonly reverses?: string; readonly reason?: string } = {},
  uses?: ReadonlyMap<string, ChargedUse>,
): Steps<readonly Charge[]> {
  const { charges, transactions } = bookCharges(drafts, about);
  if (charges.length === 0) return charges;
  for (const transaction of transactions) yield* writeTransaction(tenant, transaction);
  const block = yield* nextBlock(tenant);
  yield* addRows(
    CHARGE,
    charges.map((charge) => [
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
      block,
    ]),
  );
  yield* addCostRollups(tenant, charges, uses);
  return charges;
}

/** Counts a transaction that writes charges; who comes after waits until it has ended. */
function* nextBlock(tenant: TenantId): Steps<number> {
  const head = yield* firstRow<{ readonly block: number }>(sql`INSERT INTO charge_head
      (tenant_id, block) VALUES (${tenant}, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET block = charge_head.block + 1 RETURNING block`);
  return head?.block ?? 0;
}

/** Writes the counters as they are now. */
export function* writeMeters(tenant: TenantId, meters: readonly Meter[]): Steps<null> {
  const rows = meters.map(({ subscriptionId, ruleId, periodStartMs, state, posted }) => {
    return [tenant, subscriptionId, ruleId, periodStartMs, encodeState(state), posted];
  });
  return yield* addRows(METER, rows);
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
