import { checkVersion } from '../../../kernel/check-version.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type {
  GuardRuleKind,
  GuardRuleUpdate,
  StoredGuardRule,
} from '../../../policy/guardrails/store.ts';
import { sql } from '../sql.ts';
import { toGuardRule, type GuardRuleRow } from '../rows/stored-guard-rules.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

interface Place {
  readonly tenant: TenantId;
  readonly kind: GuardRuleKind;
  readonly id: string;
}

/** Adds a rule. */
export function* insertGuardRule({
  tenant,
  rule,
}: {
  readonly tenant: TenantId;
  readonly rule: StoredGuardRule;
}): Steps<null> {
  yield* change(sql`INSERT INTO guard_rule (tenant_id, id, kind, name, enabled, rule,
      sealed_secret, created_at_ms, updated_at_ms, version)
    VALUES (${tenant}, ${rule.id}, ${rule.kind}, ${rule.name}, ${rule.enabled ? 1 : 0},
      ${JSON.stringify(rule.rule)}, ${rule.sealedSecret}, ${rule.createdAtMs},
      ${rule.updatedAtMs}, ${rule.version})`);
  yield* bumpVersion('guardrails', tenant);
  return null;
}

/** Changes a rule; what it is then, or undefined when there is none. */
export function* updateGuardRule({
  tenant,
  kind,
  id,
  update,
}: Place & { readonly update: GuardRuleUpdate }): Steps<StoredGuardRule | undefined> {
  const row = yield* stored({ tenant, kind, id });
  if (row === undefined) return undefined;
  checkVersion(row.version, update.ifVersion);
  const before = toGuardRule(row);
  const { name = before.name, enabled = before.enabled, rule = before.rule } = update;
  const { sealedSecret = before.sealedSecret, updatedAtMs } = update;
  const version = before.version + 1;
  yield* change(sql`UPDATE guard_rule SET name = ${name}, enabled = ${enabled ? 1 : 0},
      rule = ${JSON.stringify(rule)}, sealed_secret = ${sealedSecret},
      updated_at_ms = ${updatedAtMs}, version = ${version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('guardrails', tenant);
  return { ...before, name, enabled, rule, sealedSecret, updatedAtMs, version };
}

/** Removes a rule; false when there is no such rule. */
export function* removeGuardRule({
  tenant,
  kind,
  id,
  ifVersion,
}: Place & { readonly ifVersion: number | undefined }): Steps<boolean> {
  const row = yield* stored({ tenant, kind, id });
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  yield* change(sql`DELETE FROM guard_rule WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('guardrails', tenant);
  return true;
}

function stored({ tenant, kind, id }: Place): Steps<GuardRuleRow | undefined> {
  return firstRow<GuardRuleRow>(sql`SELECT * FROM guard_rule
    WHERE tenant_id = ${tenant} AND kind = ${kind} AND id = ${id}`);
}
