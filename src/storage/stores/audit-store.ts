import {
  emptyChain,
  emptyCut,
  type AuditQuery,
  type AuditStore,
  type ChainedEvent,
} from '../../audit/store.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { encodeUsageLine } from '../../metering/store.ts';
import type { Database, QueryBuilder } from './database.ts';
import { toRecord, USAGE_COLUMNS } from './rows/usage-rows.ts';

/** The chains of events, one a tenant. */
export function createAuditStore({ query, transact }: Database): AuditStore {
  return {
    append: async (tenant, events) => {
      await transact('appendAudit', { tenant, events });
    },
    list: async (tenant, wanted) => {
      const rows = await selectPage(query, tenant, wanted).execute();
      return rows.map(withDetail);
    },
    about: async (tenant, userId, after, rowsMax) =>
      (await selectAbout(query, tenant, userId, after, rowsMax).execute()).map(withDetail),
    head: async (tenant) => {
      const row = await query
        .selectFrom('audit_head')
        .select(['seq', 'hash'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row ?? emptyChain;
    },
    cut: async (tenant) => {
      const row = await query
        .selectFrom('audit_cut')
        .select(['seq', 'hash'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row ?? emptyChain;
    },
    sealedLines: async (tenant, { block, firstId, lastId }) => {
      const sealed = query
        .selectFrom('usage_batch')
        .select('id')
        .where('tenant_id', '=', tenant)
        .where('id', '>=', firstId)
        .where('id', '<=', lastId)
        .where('block', '=', block);
      const rows = await query
        .selectFrom('usage_record')
        .select(USAGE_COLUMNS)
        .where('tenant_id', '=', tenant)
        .where('id', '>=', firstId)
        .where('id', '<=', lastId)
        .where('id', 'in', sealed)
        .orderBy('id')
        .execute();
      return rows.map((row) => encodeUsageLine(toRecord(row)).trimEnd());
    },
    sealedRecords: async (tenant, afterBlock) => {
      const { records } = await query
        .selectFrom('usage_batch')
        .select(({ fn }) => fn.countAll<number>().as('records'))
        .where('tenant_id', '=', tenant)
        .where('block', '>', afterBlock)
        .executeTakeFirstOrThrow();
      return records;
    },
    usageCut: async (tenant) => {
      const row = await query
        .selectFrom('usage_cut')
        .select(['block', 'last_id as lastId', 'seq'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row ?? emptyCut;
    },
  };
}

function withDetail<Row extends { readonly detail: string }>({ detail, ...row }: Row) {
  return { ...row, detail: JSON.parse(detail) as JsonObject };
}

function selectPage(query: QueryBuilder, tenant: TenantId, wanted: AuditQuery) {
  const { after, kind, action, subject, fromMs, toMs, descending, rowsMax } = wanted;
  return query
    .selectFrom('audit_event')
    .select(['tenant_id as tenant', 'seq', 'id', 'at_ms as atMs', 'node_id as nodeId'])
    .select(['kind', 'action', 'outcome', 'subject', 'actor', 'grant_id as grantId'])
    .select(['credential_id as credentialId', 'target', 'rule', 'detail', 'hash'])
    .where('tenant_id', '=', tenant)
    .$if(after !== undefined, (select) =>
      select.where('seq', descending ? '<' : '>', after as number),
    )
    .$if(kind !== undefined, (select) => select.where('kind', '=', kind as ChainedEvent['kind']))
    .$if(action !== undefined, (select) => select.where('action', '=', action as string))
    .$if(subject !== undefined, (select) => select.where('subject', '=', subject as string))
    .$if(fromMs !== undefined, (select) => select.where('at_ms', '>=', fromMs as number))
    .$if(toMs !== undefined, (select) => select.where('at_ms', '<', toMs as number))
    .orderBy('seq', descending ? 'desc' : 'asc')
    .limit(rowsMax);
}

function selectAbout(
  query: QueryBuilder,
  tenant: TenantId,
  userId: string,
  after: number,
  rowsMax: number,
) {
  return (
    selectPage(query, tenant, { after, descending: false, rowsMax })
      // Numbers have no gaps, so this is how far a page goes.
      .where('seq', '<=', after + rowsMax)
      .where((is) =>
        is.or([
          is('subject', '=', `user:${userId}`),
          is('target', '=', userId),
          is('target', 'like', `${userId}/%`),
          is('target', 'like', `%/${userId}`),
        ]),
      )
  );
}
