import type { UsageRecord } from '../../metering/store.ts';

/** Whether budgets in calls count a record: a tool was called, and what it said was delivered. */
export function isCountedCall({
  method,
  outcome,
}: Pick<UsageRecord, 'method' | 'outcome'>): boolean {
  return method === 'tools/call' && (outcome === 'ok' || outcome === 'tool_error');
}
