import { sql } from 'kysely';
import type { LedgerEntry, LedgerStore } from '../../../billing/store.ts';
import type { Database } from '../database.ts';
import { moneyText } from './money-text.ts';

/** The books of a tenant. */
export function createLedgerStore({ query }: Database): LedgerStore {
  return {
    balances: async (tenant) => {
      const rows = await query
        .selectFrom('ledger_account')
        .leftJoin('account_balance', (join) =>
          join
            .onRef('account_balance.tenant_id', '=', 'ledger_account.tenant_id')
            .onRef('account_balance.account_id', '=', 'ledger_account.id'),
        )
        .select(['id as accountId', 'kind', 'currency'])
        .select(moneyText(sql.ref('posted_nano')).as('posted'))
        .where('ledger_account.tenant_id', '=', tenant)
        .orderBy('id')
        .execute();
      return rows.map((row) => ({ ...row, posted: BigInt(row.posted) }));
    },
    list: async (tenant, after, rowsMax) => {
      const rows = await query
        .selectFrom('ledger_tx')
        .select(['id', 'kind', 'currency', 'at_ms as atMs', 'reverses', 'reason'])
        .where('tenant_id', '=', tenant)
        .where('id', '>', after)
        .orderBy('id')
        .limit(rowsMax)
        .execute();
      const last = rows.at(-1)?.id ?? after;
      const found = await query
        .selectFrom('ledger_entry')
        .select(['tx_id as txId', 'account_id as accountId'])
        .select(moneyText(sql.ref('amount_nano')).as('amount'))
        .where('tenant_id', '=', tenant)
        .where('tx_id', '>', after)
        .where('tx_id', '<=', last)
        .orderBy('tx_id')
        .orderBy('account_id')
        .execute();
      const entries = new Map<string, LedgerEntry[]>(rows.map(({ id }) => [id, []]));
      for (const { txId, accountId, amount } of found) {
        entries.get(txId)?.push({ accountId, amount: BigInt(amount) });
      }
      return rows.map((row) => ({ ...row, entries: entries.get(row.id) ?? [] }));
    },
  };
}
