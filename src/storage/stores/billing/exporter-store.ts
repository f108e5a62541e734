import { sql } from 'kysely';
import type { ChargePlace, ExporterStore, PlacedCharge } from '../../../billing/export/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toCharge } from '../rows/charge-rows.ts';
import { toExporter } from '../rows/exporter-rows.ts';
import { moneyText } from './money-text.ts';

/** What sends charges elsewhere. */
export function createExporterStore({ query, transact }: Database): ExporterStore {
  const exporters = (tenant: TenantId) =>
    query.selectFrom('billing_exporter').selectAll().where('tenant_id', '=', tenant);
  return {
    list: async (tenant) =>
      (await exporters(tenant).orderBy('id').execute()).map((row) => toExporter(row)),
    get: async (tenant, id) => {
      const row = await exporters(tenant).where('id', '=', id).executeTakeFirst();
      return row && toExporter(row);
    },
    insert: (tenant, exporter, sealed) => transact('insertExporter', { tenant, exporter, sealed }),
    update: (tenant, id, update) => transact('updateExporter', { tenant, id, update }),
    delete: (tenant, id, ifVersion) => transact('removeExporter', { tenant, id, ifVersion }),
    refused: (tenant, id, rowsMax) =>
      query
        .selectFrom('billing_export_refused')
        .select(['gate_key as gateKey', 'rule_id as ruleId', 'seq', 'event_id as eventId'])
        .select(['reason', 'at_ms as atMs'])
        .where('tenant_id', '=', tenant)
        .where('exporter_id', '=', id)
        .orderBy('at_ms', 'desc')
        .orderBy('event_id')
        .limit(rowsMax)
        .execute(),
    due: async (nowMs) => {
      const rows = await query
        .selectFrom('billing_exporter')
        .selectAll()
        .where('enabled', '=', 1)
        .where('next_at_ms', '<=', nowMs)
        .orderBy('next_at_ms')
        .execute();
      return rows.map((row) => ({ tenant: row.tenant_id, exporter: toExporter(row) }));
    },
    charges: (tenant, after, upTo, rowsMax) => chargesOf(query, tenant, { after, upTo }, rowsMax),
    begin: (batch, nowMs, fence) => transact('beginExport', { batch, nowMs, fence }),
    finish: (batch, fence) => transact('finishExport', { batch, fence }),
    fail: (batch, fence) => transact('failExport', { batch, fence }),
  };
}

async function chargesOf(
  query: QueryBuilder,
  tenant: TenantId,
  { after, upTo }: { readonly after: ChargePlace; readonly upTo: ChargePlace | null },
  rowsMax: number,
): Promise<readonly PlacedCharge[]> {
  const rows = await query
    .selectFrom('charge')
    .select(['gate_key as gateKey', 'rule_id as ruleId', 'seq', 'unit', 'kind', 'block'])
    .select(['usage_id as usageId', 'plan_version_id as planVersionId', 'quantity', 'currency'])
    .select(['subscription_id as subscriptionId', 'period_start_ms as periodStartMs'])
    .select(['service_period_start_ms as servicePeriodStartMs', 'at_ms as atMs'])
    .select('ledger_tx_id as ledgerTxId')
    .select(moneyText(sql.ref('amount_nano')).as('amount'))
    .where('tenant_id', '=', tenant)
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('block', 'gate_key', 'rule_id', 'seq'),
        '>',
        tuple(after.block, after.gateKey, after.ruleId, after.seq),
      ),
    )
    .$if(upTo !== null, (some) =>
      some.where(({ eb, refTuple, tuple }) => {
        const { block, gateKey, ruleId, seq } = upTo as ChargePlace;
        const last = tuple(block, gateKey, ruleId, seq);
        return eb(refTuple('block', 'gate_key', 'rule_id', 'seq'), '<=', last);
      }),
    )
    .orderBy('block')
    .orderBy('gate_key')
    .orderBy('rule_id')
    .orderBy('seq')
    .limit(rowsMax)
    .execute();
  return rows.map(({ block, ...row }) => {
    const { gateKey, ruleId, seq } = row;
    return { charge: toCharge(row), place: { block, gateKey, ruleId, seq } };
  });
}
