import { sql } from 'kysely';
import type { ChargePlace, ExporterStore, PlacedCharge } from '../../../billing/export/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toCharge } from '../rows/charge-rows.ts';
import { toExportedInvoice, toExporter } from '../rows/exporter-rows.ts';
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
        .select(['reason', 'at_ms as atMs', 'since_ms as sinceMs', 'retry_at_ms as retryAtMs'])
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
    ...retryStore({ query, transact }),
    ...invoiceStore({ query, transact }),
  };
}

type RetryMethods = 'retry' | 'retries' | 'beginRetries' | 'endRetries';

function retryStore({
  query,
  transact,
}: Pick<Database, 'query' | 'transact'>): Pick<ExporterStore, RetryMethods> {
  return {
    retry: (tenant, id, eventIds, nowMs) =>
      transact('retryExports', { tenant, id, eventIds, nowMs }),
    retries: async (tenant, id, rowsMax) => {
      const rows = await query
        .selectFrom('billing_export_refused as refused')
        .innerJoin('charge', (join) =>
          join
            .onRef('charge.tenant_id', '=', 'refused.tenant_id')
            .onRef('charge.gate_key', '=', 'refused.gate_key')
            .onRef('charge.rule_id', '=', 'refused.rule_id')
            .onRef('charge.seq', '=', 'refused.seq'),
        )
        .select(['charge.gate_key as gateKey', 'charge.rule_id as ruleId', 'charge.seq as seq'])
        .select(['unit', 'kind', 'usage_id as usageId', 'plan_version_id as planVersionId'])
        .select(['quantity', 'currency', 'subscription_id as subscriptionId'])
        .select(['period_start_ms as periodStartMs', 'charge.at_ms as atMs'])
        .select('service_period_start_ms as servicePeriodStartMs')
        .select('ledger_tx_id as ledgerTxId')
        .select(moneyText(sql.ref('amount_nano')).as('amount'))
        .select(['refused.event_id as eventId', 'refused.reason as reason'])
        .select(['refused.at_ms as refusedAtMs', 'refused.since_ms as sinceMs'])
        .select('refused.retry_at_ms as retryAtMs')
        .where('refused.tenant_id', '=', tenant)
        .where('refused.exporter_id', '=', id)
        .where('refused.retry_at_ms', 'is not', null)
        .orderBy('refused.retry_at_ms')
        .orderBy('refused.event_id')
        .limit(rowsMax)
        .execute();
      return rows.map(({ eventId, reason, refusedAtMs, sinceMs, retryAtMs, ...row }) => {
        const { gateKey, ruleId, seq } = row;
        const known = { gateKey, ruleId, seq, eventId, reason, sinceMs, retryAtMs };
        return { ...known, atMs: refusedAtMs, charge: toCharge(row) };
      });
    },
    beginRetries: (tenant, id, keys, nowMs, fence) =>
      transact('beginRetries', { tenant, id, keys, nowMs, fence }),
    endRetries: (ended, fence) => transact('endRetries', { ended, fence }),
  };
}

type InvoiceMethods = 'invoices' | 'dueInvoices' | 'beginInvoice' | 'endInvoice';

function invoiceStore({
  query,
  transact,
}: Pick<Database, 'query' | 'transact'>): Pick<ExporterStore, InvoiceMethods> {
  return {
    invoices: async (tenant, id, rowsMax) => {
      const rows = await query
        .selectFrom('billing_exported_invoice')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('exporter_id', '=', id)
        .orderBy('at_ms', 'desc')
        .orderBy('invoice_id')
        .limit(rowsMax)
        .execute();
      return rows.map((row) => toExportedInvoice(row));
    },
    dueInvoices: async (tenant, id, rowsMax) => {
      const rows = await query
        .selectFrom('billing_exporter as exporter')
        .innerJoin('invoice', 'invoice.tenant_id', 'exporter.tenant_id')
        .leftJoin('billing_exported_invoice as sent', (join) =>
          join
            .onRef('sent.tenant_id', '=', 'exporter.tenant_id')
            .onRef('sent.exporter_id', '=', 'exporter.id')
            .onRef('sent.invoice_id', '=', 'invoice.id'),
        )
        .select('invoice.id as id')
        .where('exporter.tenant_id', '=', tenant)
        .where('exporter.id', '=', id)
        .where(({ or, and, eb }) =>
          or([
            eb('sent.state', '=', 'sending'),
            and([
              eb('sent.state', 'is', null),
              eb('invoice.status', '=', 'final'),
              eb('invoice.final_at_ms', '>=', eb.ref('exporter.invoices_from_ms')),
            ]),
          ]),
        )
        .orderBy(sql`coalesce(sent.at_ms, 0)`)
        .orderBy('invoice.final_at_ms')
        .orderBy('invoice.id')
        .limit(rowsMax)
        .execute();
      return rows.map((row) => row.id);
    },
    beginInvoice: async (wanted, fence) =>
      (await transact('beginInvoiceExport', { wanted, fence })) ?? undefined,
    endInvoice: (tried, fence) => transact('endInvoiceExport', { tried, fence }),
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
