import type { EvaluationCase, Report } from '../../../../chat/evaluation/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { evaluationLimits } from '../../../../kernel/limits/chat/evaluation-limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { writeReportText } from '../../rows/evaluation-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { countRows } from '../identity/count-rows.ts';

/** Adds a question; false when there is no such agent. */
export function* insertEvaluationCase({
  tenant,
  agentId,
  one: { id, question, values, expected, createdAtMs },
}: {
  readonly tenant: TenantId;
  readonly agentId: string;
  readonly one: EvaluationCase;
}): Steps<boolean> {
  // Nobody else adds one, or removes the agent, until this ends.
  const held = yield* change(sql`UPDATE chat_agent SET version = version
    WHERE tenant_id = ${tenant} AND id = ${agentId}`);
  if (held === 0) return false;
  yield* countRows(
    sql`SELECT count(*) AS rows FROM chat_agent_case
      WHERE tenant_id = ${tenant} AND agent_id = ${agentId}`,
    evaluationLimits.evaluationCasesMax,
    'cases of this agent',
  );
  yield* change(sql`INSERT INTO chat_agent_case (tenant_id, agent_id, id, question, agent_values,
      expected, created_at_ms)
    VALUES (${tenant}, ${agentId}, ${id}, ${question}, ${JSON.stringify(values)},
      ${JSON.stringify(expected)}, ${createdAtMs})`);
  return true;
}

/** Begins a report, when none of the agent runs; the oldest ones go. */
export function* insertEvaluationReport({
  tenant,
  report,
  lifeMs,
}: {
  readonly tenant: TenantId;
  readonly report: Report;
  readonly lifeMs: number;
}): Steps<null> {
  const { id, agentId, createdAtMs } = report;
  yield* change(sql`UPDATE chat_agent SET version = version
    WHERE tenant_id = ${tenant} AND id = ${agentId}`);
  const running = yield* firstRow(sql`SELECT id FROM chat_agent_report
    WHERE tenant_id = ${tenant} AND agent_id = ${agentId} AND state = 'running'
      AND alive_until_ms > (SELECT now_ms FROM database_clock)`);
  if (running !== undefined) {
    throw new GatewayError('conflict', 'An evaluation of this agent runs: wait for it.');
  }
  yield* change(sql`INSERT INTO chat_agent_report (tenant_id, agent_id, id, state, report,
      alive_until_ms, created_at_ms)
    VALUES (${tenant}, ${agentId}, ${id}, 'running', ${writeReportText(report)},
      (SELECT now_ms FROM database_clock) + ${lifeMs}, ${createdAtMs})`);
  yield* change(sql`DELETE FROM chat_agent_report
    WHERE tenant_id = ${tenant} AND agent_id = ${agentId} AND id NOT IN (
      SELECT id FROM chat_agent_report WHERE tenant_id = ${tenant} AND agent_id = ${agentId}
      ORDER BY created_at_ms DESC, id DESC LIMIT ${evaluationLimits.evaluationReportsKept})`);
  return null;
}
