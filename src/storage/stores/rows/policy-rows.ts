import type { TenantId } from '../../../kernel/principal.ts';
import type { PolicyRule, PolicyRuleInput, PolicySettings } from '../../../policy/store.ts';

/** A rule as its columns hold it. */
export interface PolicyRuleRow {
  readonly id: string;
  readonly tenant: TenantId;
  readonly says: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly version: number;
}

/** Settings as their columns hold them. */
export interface PolicySettingRow {
  readonly mode: PolicySettings['mode'];
  readonly bounds: string;
  readonly updatedAtMs: number;
  readonly version: number;
}

/** Reads a rule from its columns. */
export function toPolicyRule({ says, ...row }: PolicyRuleRow): PolicyRule {
  return { ...(JSON.parse(says) as PolicyRuleInput), ...row };
}

/** What a rule says, as its column holds it. */
export function saysText(input: PolicyRuleInput): string {
  const { name, effect, enabled, subjects, except, services, tools, prompts, resources } = input;
  const { annotations, conditions, window } = input;
  const things = { services, tools, prompts, resources, annotations, conditions, window };
  return JSON.stringify({ name, effect, enabled, subjects, except, ...things });
}

/** Reads settings from their columns. */
export function toPolicySettings(row: PolicySettingRow): PolicySettings {
  return { ...row, bounds: JSON.parse(row.bounds) as PolicySettings['bounds'] };
}
