import type { JsonObject } from '../../../kernel/json.ts';
import type { StoredGuardRule } from '../../../policy/guardrails/store.ts';
import type { Tables } from '../tables.ts';

/** A rule as its columns hold it. */
export type GuardRuleRow = Tables['guard_rule'];

/** Reads a rule from its columns. */
export function toGuardRule(row: GuardRuleRow): StoredGuardRule {
  return {
    id: row.id,
    tenant: row.tenant_id,
    kind: row.kind,
    name: row.name,
    enabled: row.enabled === 1,
    rule: JSON.parse(row.rule) as JsonObject,
    sealedSecret: row.sealed_secret,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  };
}
