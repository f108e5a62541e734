import type { ApiRoute } from './framework/define-route.ts';
import { approvalRoutes, type ApprovalRouteDeps } from './resources/approvals/approval-routes.ts';
import {
  definitionRoutes,
  type DefinitionRouteDeps,
} from './resources/definitions/definition-routes.ts';
import {
  guardRuleRoutes,
  type GuardRuleRouteDeps,
} from './resources/guardrails/guard-rule-routes.ts';

/** What the control plane of trust and guardrails needs. */
export type GuardRouteDeps = DefinitionRouteDeps & GuardRuleRouteDeps & ApprovalRouteDeps;

/** The routes by which definitions are reviewed, guardrails made, and calls approved. */
export function guardRoutes(deps: GuardRouteDeps): ApiRoute[] {
  return [...definitionRoutes(deps), ...guardRuleRoutes(deps), ...approvalRoutes(deps)];
}
