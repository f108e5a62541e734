import type { EvaluationStore } from '../../../chat/evaluation/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toEvaluationCase, toEvaluationReport, writeReportText } from '../rows/evaluation-rows.ts';

/** Cases and reports of agents. */
export function createEvaluationStore({ query, transact }: Database): EvaluationStore {
  return {
    cases: async (tenant, agentId) => {
      const rows = await query
        .selectFrom('chat_agent_case')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('agent_id', '=', agentId)
        .orderBy('id')
        .execute();
      return rows.map(toEvaluationCase);
    },
    insertCase: (tenant, agentId, one) =>
      transact('insertEvaluationCase', { tenant, agentId, one }),
    removeCase: async (tenant, agentId, id) => {
      const removed = await query
        .deleteFrom('chat_agent_case')
        .where('tenant_id', '=', tenant)
        .where('agent_id', '=', agentId)
        .where('id', '=', id)
        .executeTakeFirst();
      return removed.numDeletedRows > 0n;
    },
    insertReport: async (tenant, report, lifeMs) => {
      await transact('insertEvaluationReport', { tenant, report, lifeMs });
    },
    writeReport: async (tenant, report, lifeMs) => {
      const { agentId, id, state } = report;
      await kept(query, tenant, agentId, id, lifeMs)
        .set({ state: state === 'interrupted' ? 'failed' : state, report: writeReportText(report) })
        .execute();
    },
    keepAlive: async (tenant, agentId, id, lifeMs) => {
      await kept(query, tenant, agentId, id, lifeMs).execute();
    },
    reports: async (tenant, agentId) => {
      const rows = await reportRows(query, tenant, agentId)
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toEvaluationReport);
    },
    report: async (tenant, agentId, id) => {
      const row = await reportRows(query, tenant, agentId).where('id', '=', id).executeTakeFirst();
      return row && toEvaluationReport(row);
    },
  };
}

/** A change of a report that runs, which is alive for so long again. */
function kept(query: QueryBuilder, tenant: TenantId, agentId: string, id: string, lifeMs: number) {
  return query
    .updateTable('chat_agent_report')
    .set(({ selectFrom, eb }) => ({
      alive_until_ms: eb(selectFrom('database_clock').select('now_ms'), '+', lifeMs).$notNull(),
    }))
    .where('tenant_id', '=', tenant)
    .where('agent_id', '=', agentId)
    .where('id', '=', id)
    .where('state', '=', 'running');
}

function reportRows(query: QueryBuilder, tenant: TenantId, agentId: string) {
  return query
    .selectFrom('chat_agent_report')
    .innerJoin('database_clock', (join) => join.onTrue())
    .selectAll('chat_agent_report')
    .select('database_clock.now_ms')
    .where('tenant_id', '=', tenant)
    .where('agent_id', '=', agentId);
}
