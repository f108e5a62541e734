import type { OpenLine, PlanSnapshot } from '../../../../../billing/invoices/store.ts';
import type { SubscribedPlan } from '../../../../../billing/store.ts';
import { sql } from '../../../sql.ts';
import { firstRow, type Steps } from '../../../transaction.ts';

interface PlanNameRow {
  readonly planId: string;
  readonly name: string;
  readonly number: number;
}

/** What of a plan an invoice is about: its name, its version, the terms of what is charged. */
export function* planSnapshot(
  { version: { id, terms } }: SubscribedPlan,
  lines: readonly OpenLine[],
): Steps<PlanSnapshot> {
  const row = yield* firstRow<PlanNameRow>(sql`SELECT plan.id AS "planId", plan.name, number
    FROM plan_version JOIN plan ON plan.id = plan_id WHERE plan_version.id = ${id}`);
  const used = new Set(lines.map(({ ruleId }) => ruleId));
  return {
    planId: row?.planId ?? '',
    name: row?.name ?? '',
    versionId: id,
    number: row?.number ?? 0,
    terms: {
      ...terms,
      rules: terms.rules.filter((rule) => used.has(rule.id)),
      recurring: terms.recurring.filter((one) => used.has(`recurring:${one.id}`)),
    },
  };
}
