import { checkVersion } from '../../../kernel/check-version.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { PolicyRule, RuleUpdate } from '../../../policy/store.ts';
import { saysText, toPolicyRule, type PolicyRuleRow } from '../rows/policy-rows.ts';
import { sql, tuples } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Rules of one statement: engines bound how many values it may have. */
const ROWS_AT_ONCE = 500;

/** Adds rules. Throws `conflict` when the tenant would have more than are allowed. */
export function* insertPolicyRules({
  tenant,
  rules,
}: {
  readonly tenant: TenantId;
  readonly rules: readonly PolicyRule[];
}): Steps<null> {
  // First, because it locks: nobody else adds one between the counting and the adding.
  yield* bumpVersion('policy', tenant);
  const row = yield* firstRow<{ readonly count: number }>(sql`SELECT count(*) AS "count"
    FROM policy_rule WHERE tenant_id = ${tenant}`);
  if ((row?.count ?? 0) + rules.length > limits.policyRulesPerTenantMax) {
    const text = `A tenant has at most ${limits.policyRulesPerTenantMax} rules; remove one first.`;
    throw new GatewayError('conflict', text);
  }
  for (let from = 0; from < rules.length; from += ROWS_AT_ONCE) {
    const rows = rules
      .slice(from, from + ROWS_AT_ONCE)
      .map((rule) => [
        tenant,
        rule.id,
        saysText(rule),
        rule.createdAtMs,
        rule.updatedAtMs,
        rule.version,
      ]);
    yield* change(sql`INSERT INTO policy_rule
        (tenant_id, id, says, created_at_ms, updated_at_ms, version)
      VALUES ${tuples(rows)}`);
  }
  return null;
}

/** Puts another input in a rule's place; what it is then, or undefined when there is none. */
export function* updatePolicyRule({
  tenant,
  id,
  update,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly update: RuleUpdate;
}): Steps<PolicyRule | undefined> {
  const row = yield* firstRow<PolicyRuleRow>(sql`SELECT id, tenant_id AS tenant, says,
      created_at_ms AS "createdAtMs", updated_at_ms AS "updatedAtMs", version
    FROM policy_rule WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  checkVersion(row.version, update.ifVersion);
  const { updatedAtMs } = update;
  const version = row.version + 1;
  const says = saysText(update.input);
  yield* change(sql`UPDATE policy_rule
    SET says = ${says}, updated_at_ms = ${updatedAtMs}, version = ${version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('policy', tenant);
  return toPolicyRule({ ...row, says, updatedAtMs, version });
}

/** Removes a rule; false when there is none. */
export function* removePolicyRule({
  tenant,
  id,
  ifVersion,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly ifVersion: number | undefined;
}): Steps<boolean> {
  const stored = yield* firstRow<{ readonly version: number }>(sql`SELECT version
    FROM policy_rule WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (stored === undefined) return false;
  checkVersion(stored.version, ifVersion);
  yield* change(sql`DELETE FROM policy_rule WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('policy', tenant);
  return true;
}
