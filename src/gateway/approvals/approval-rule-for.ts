import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import type { ApprovalRule, ReadRule } from '../../policy/guardrails/guard-rule.ts';

/** The first rule that is about a tool of a service; undefined when none is. */
export function approvalRuleFor(
  rules: readonly ReadRule<'approval'>[],
  live: ServiceRuntime,
  name: string | null,
): ReadRule<'approval'> | undefined {
  return rules.find(
    (one) => one.concerns(live.service.slug, name) && isMeant(one.rule, definitionOf(live, name)),
  );
}

/** The definition that a service lists; undefined for a tool that it does not list. */
export function definitionOf(live: ServiceRuntime, name: string | null): JsonObject | undefined {
  return live.listing.tools.find((tool) => tool['name'] === name);
}

/** By the annotations' own defaults: what says nothing writes, and may destroy. */
function isMeant({ annotations = 'any' }: ApprovalRule, tool: JsonObject | undefined): boolean {
  const says = objectMember(tool, 'annotations');
  if (annotations === 'any') return true;
  if (says?.['readOnlyHint'] === true) return false;
  return annotations === 'not-read-only' || says?.['destructiveHint'] !== false;
}
