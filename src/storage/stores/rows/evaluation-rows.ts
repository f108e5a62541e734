import type { EvaluationCase, Report } from '../../../chat/evaluation/store.ts';
import type { AgentTables } from '../tables/agent-tables.ts';

type CaseRow = AgentTables['chat_agent_case'];
type ReportRow = AgentTables['chat_agent_report'];

/** Reads a case. */
export function toEvaluationCase(row: CaseRow): EvaluationCase {
  return {
    id: row.id,
    question: row.question,
    values: JSON.parse(row.agent_values) as EvaluationCase['values'],
    expected: JSON.parse(row.expected) as EvaluationCase['expected'],
    createdAtMs: row.created_at_ms,
  };
}

/** Reads a report; one that runs and of which nobody has heard lately was interrupted. */
export function toEvaluationReport(row: ReportRow & { readonly now_ms: number }): Report {
  const isLost = row.state === 'running' && row.alive_until_ms <= row.now_ms;
  const told = JSON.parse(row.report) as Pick<Report, 'versions' | 'results' | 'problem'>;
  return {
    id: row.id,
    agentId: row.agent_id,
    state: isLost ? 'interrupted' : row.state,
    ...told,
    createdAtMs: row.created_at_ms,
  };
}

/** What of a report is kept as JSON. */
export function writeReportText({ versions, results, problem }: Report): string {
  return JSON.stringify({ versions, results, problem });
}
