import type {
  BillingFigures,
  CurrencySums,
  Reconciliation,
  ReconciliationStore,
} from '../../../billing/store.ts';
import { tenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';

/** Whether what was recorded was rated, charged and posted. */
export function createReconciliationStore({ query, transact }: Database): ReconciliationStore {
  return {
    tenants: async () => {
      const rows = await query
        .selectFrom('usage_total')
        .select('tenant_id')
        .union(query.selectFrom('rating_total').select('tenant_id'))
        .execute();
      return rows.map(({ tenant_id: tenant }) => tenantId(tenant));
    },
    figures: (tenant) => transact('billingFigures', { tenant }),
    put: async (tenant, result) => {
      const row = { tenant_id: tenant, at_ms: result.atMs, result: encode(result) };
      await query
        .insertInto('billing_reconciliation')
        .values(row)
        .onConflict((conflict) => conflict.column('tenant_id').doUpdateSet(row))
        .execute();
    },
    get: async (tenant) => {
      const row = await query
        .selectFrom('billing_reconciliation')
        .select('result')
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row === undefined ? undefined : decode(row.result);
    },
  };
}

/** Money is text in JSON, which has no numbers of its size. */
function encode(result: Reconciliation): string {
  return JSON.stringify(result, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function decode(text: string): Reconciliation {
  const { figures, ...rest } = JSON.parse(text) as StoredReconciliation;
  const sums = figures.sums.map(({ currency, metered, charged, posted, balance, invoiced }) => ({
    currency,
    metered: BigInt(metered),
    charged: BigInt(charged),
    posted: BigInt(posted),
    balance: BigInt(balance),
    // A result of a release that made no invoices has none: all waited for one.
    invoiced: BigInt(invoiced ?? charged),
  }));
  return { ...rest, figures: { ...figures, sums } };
}

type StoredReconciliation = Omit<Reconciliation, 'figures'> & {
  readonly figures: Omit<BillingFigures, 'sums'> & {
    readonly sums: readonly ({
      readonly [Name in Exclude<keyof CurrencySums, 'invoiced'>]: string;
    } & {
      readonly invoiced?: string;
    })[];
  };
};
