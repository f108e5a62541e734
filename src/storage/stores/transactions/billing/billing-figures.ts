import type { BillingFigures, CurrencySums } from '../../../../billing/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql, type SqlText } from '../../sql.ts';
import { allRows, firstRow, type Steps } from '../../transaction.ts';
import { wrongRollups } from '../rollups/wrong-rollups.ts';

/** Wrong things of a kind that are named. */
const NAMED_MAX = 20;

/** Counts and adds up what was recorded, rated, charged and posted, all at one moment. */
export function* billingFigures({ tenant }: { readonly tenant: TenantId }): Steps<BillingFigures> {
  const counts = yield* firstRow<Counts>(countsOf(tenant));
  const sums = yield* allRows<SumRow>(sumsOf(tenant));
  return {
    ...(counts as Counts),
    sums: sums.map(toSums),
    unbalanced: yield* idsOf(unbalancedOf(tenant)),
    wrongBalances: yield* idsOf(wrongBalancesOf(tenant)),
    wrongMeters: yield* idsOf(wrongMetersOf(tenant)),
    wrongRollups: yield* wrongRollups(tenant),
  };
}

type ListedFigure = 'sums' | 'unbalanced' | 'wrongBalances' | 'wrongMeters' | 'wrongRollups';
type Counts = Omit<BillingFigures, ListedFigure>;
type SumRow = { readonly [Name in keyof CurrencySums]: string };

function toSums({ currency, metered, charged, posted, balance, invoiced }: SumRow): CurrencySums {
  return {
    currency,
    metered: BigInt(metered),
    charged: BigInt(charged),
    posted: BigInt(posted),
    balance: BigInt(balance),
    invoiced: BigInt(invoiced),
  };
}

function* idsOf(statement: SqlText): Steps<readonly string[]> {
  const rows = yield* allRows<{ readonly id: string }>(statement);
  return rows.map(({ id }) => id);
}

function countsOf(tenant: TenantId): SqlText {
  return sql`SELECT
    coalesce((SELECT records FROM usage_total WHERE tenant_id = ${tenant}), 0)
      - coalesce((SELECT records FROM usage_unrated WHERE tenant_id = ${tenant}), 0) AS recorded,
    coalesce((SELECT records FROM rating_total WHERE tenant_id = ${tenant}), 0) AS rated,
    coalesce((SELECT refused FROM rating_total WHERE tenant_id = ${tenant}), 0) AS refused,
    (SELECT CAST(coalesce(sum(records), 0) AS bigint) FROM usage_pending
      WHERE tenant_id = ${tenant}) AS pending,
    (SELECT count(*) FROM rating_refused WHERE tenant_id = ${tenant}) AS "setAside",
    coalesce((SELECT charges FROM rating_total WHERE tenant_id = ${tenant}), 0) AS "chargesMade",
    (SELECT count(*) FROM charge WHERE tenant_id = ${tenant} AND kind IN ('usage', 'late', 'trial')
      AND usage_id IS NOT NULL) AS "chargesKept"`;
}

/** A counter has no currency of its own: it is that of the charges of its subscription. */
function sumsOf(tenant: TenantId): SqlText {
  return sql`SELECT currency,
    CAST(coalesce((SELECT sum(posted_nano) FROM meter WHERE meter.tenant_id = ${tenant}
      AND subscription_id IN (SELECT subscription_id FROM charge WHERE charge.tenant_id = ${tenant}
        AND charge.currency = revenue.currency)), 0)
      + coalesce((SELECT sum(amount_nano) FROM charge WHERE charge.tenant_id = ${tenant}
        AND charge.currency = revenue.currency
        AND kind IN ('recurring', 'one_off', 'discount')), 0) AS text) AS metered,
    CAST(coalesce((SELECT sum(charges_nano) FROM invoice WHERE invoice.tenant_id = ${tenant}
        AND invoice.currency = revenue.currency), 0)
      + coalesce((SELECT sum(amount_nano) FROM charge LEFT JOIN invoice_part
          ON invoice_part.tenant_id = charge.tenant_id
          AND invoice_part.subscription_id = charge.subscription_id
          AND invoice_part.period_start_ms = charge.period_start_ms
          AND part = CASE WHEN unit = 'recurring' AND seq = 0 THEN 'advance' ELSE 'arrears' END
        WHERE charge.tenant_id = ${tenant} AND charge.currency = revenue.currency
          AND kind <> 'discount' AND part IS NULL), 0) AS text) AS invoiced,
    CAST(coalesce((SELECT sum(amount_nano) FROM charge WHERE charge.tenant_id = ${tenant}
      AND charge.currency = revenue.currency), 0) AS text) AS charged,
    CAST(coalesce((SELECT -sum(amount_nano) FROM ledger_entry
      WHERE ledger_entry.tenant_id = ${tenant} AND account_id = revenue.id), 0) AS text) AS posted,
    CAST(coalesce((SELECT -posted_nano FROM account_balance
      WHERE account_balance.tenant_id = ${tenant} AND account_id = revenue.id), 0) AS text)
      AS balance
    FROM ledger_account AS revenue WHERE tenant_id = ${tenant} AND kind = 'revenue'
    ORDER BY currency`;
}

function unbalancedOf(tenant: TenantId): SqlText {
  return sql`SELECT ledger_tx.id FROM ledger_tx
    LEFT JOIN (SELECT tx_id, sum(amount_nano) AS rest,
        -sum(CASE WHEN account_id LIKE 'revenue:%' THEN amount_nano ELSE 0 END) AS posted
      FROM ledger_entry WHERE tenant_id = ${tenant} GROUP BY tx_id) AS entries
      ON entries.tx_id = ledger_tx.id
    LEFT JOIN (SELECT ledger_tx_id, sum(amount_nano) AS charged FROM charge
      WHERE tenant_id = ${tenant} GROUP BY ledger_tx_id) AS charges
      ON charges.ledger_tx_id = ledger_tx.id
    WHERE tenant_id = ${tenant} AND (coalesce(rest, 1) <> 0
      OR (kind IN ('usage', 'late', 'period_open', 'period_close', 'void', 'trial', 'recurring',
          'one_off', 'discount')
        AND coalesce(charged, 0) <> coalesce(posted, 0)))
    ORDER BY ledger_tx.id LIMIT ${NAMED_MAX}`;
}

function wrongBalancesOf(tenant: TenantId): SqlText {
  return sql`SELECT ledger_account.id FROM ledger_account
    LEFT JOIN account_balance ON account_balance.tenant_id = ledger_account.tenant_id
      AND account_balance.account_id = ledger_account.id
    LEFT JOIN (SELECT account_id, sum(amount_nano) AS sum FROM ledger_entry
      WHERE tenant_id = ${tenant} GROUP BY account_id) AS entries
      ON entries.account_id = ledger_account.id
    WHERE ledger_account.tenant_id = ${tenant} AND coalesce(posted_nano, 0) <> coalesce(sum, 0)
    ORDER BY ledger_account.id LIMIT ${NAMED_MAX}`;
}

function wrongMetersOf(tenant: TenantId): SqlText {
  return sql`SELECT meter.rule_id || ' of ' || meter.subscription_id AS id FROM meter
    LEFT JOIN (SELECT subscription_id, rule_id, service_period_start_ms, sum(amount_nano) AS sum
      FROM charge WHERE tenant_id = ${tenant}
      GROUP BY subscription_id, rule_id, service_period_start_ms) AS charges
      ON charges.subscription_id = meter.subscription_id AND charges.rule_id = meter.rule_id
      AND charges.service_period_start_ms = meter.period_start_ms
    WHERE meter.tenant_id = ${tenant} AND posted_nano <> coalesce(sum, 0)
    ORDER BY 1 LIMIT ${NAMED_MAX}`;
}
