import { sql } from 'kysely';
import type { VerificationStore } from '../../../billing/store.ts';
import type { Database } from '../database.ts';
import { toRecord, USAGE_COLUMNS } from '../rows/usage-rows.ts';

/** What checking the books reads beside them. */
export function createVerificationStore({ query }: Database): VerificationStore {
  return {
    records: async (tenant, after, rowsMax) => {
      const block = sql<number>`(SELECT block FROM usage_batch WHERE
        usage_batch.tenant_id = usage_record.tenant_id AND usage_batch.id = usage_record.id)`;
      const unrated = sql<number>`coalesce((SELECT last_block FROM usage_unrated
        WHERE usage_unrated.tenant_id = ${tenant}), 0)`;
      const rows = await query
        .selectFrom('usage_record')
        .select(USAGE_COLUMNS)
        .select(block.as('block'))
        .where('tenant_id', '=', tenant)
        .where('id', '>', after)
        .where(block, '>', unrated)
        .orderBy('id')
        .limit(rowsMax)
        .execute();
      return rows.map(({ block: number, ...row }) => ({ record: toRecord(row), block: number }));
    },
    waiting: (tenant) =>
      query
        .selectFrom('usage_pending')
        .select(['block', 'first_id as firstId', 'last_id as lastId'])
        .where('tenant_id', '=', tenant)
        .execute(),
    services: async (tenant) => {
      const rows = await query
        .selectFrom('rated_service')
        .select(['id', 'slug'])
        .where('tenant_id', '=', tenant)
        .execute();
      return new Map(rows.map(({ id, slug }) => [id, slug]));
    },
  };
}
