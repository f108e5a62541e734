import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import type { AccessLayer } from '../../kernel/permissions.ts';
import type { Principal } from '../../kernel/principal.ts';
import { createVisibility } from '../create-visibility.ts';
import type { CompiledRule } from '../rules/compile-rule.ts';
import { refusal } from '../rules/decide.ts';
import type { Restriction } from '../rules/restriction.ts';
import type { AccessExplanation, AccessQuestion, AccessStep } from './explanation.ts';
import { ruleSteps } from './rule-steps.ts';

/** What an explanation is made from: what the data plane decides by. */
export interface ExplainContext {
  /** All of the tenant. */
  readonly snapshot: TenantSnapshot;
  /** What the caller sees of it. */
  readonly view: TenantSnapshot;
  readonly restriction: Restriction | undefined;
  /** What the plan of the tenant includes; undefined for everything. */
  readonly includes?: AccessLayer | undefined;
}

/**
 * Says whether a caller may use something and which permission, access rule or rule of the tenant
 * decided. The verdict is that of the caller's own view; the steps tell how it came about.
 */
export function explainAccess(
  { snapshot, view, restriction, includes }: ExplainContext,
  { permissions }: Principal,
  question: AccessQuestion,
): AccessExplanation {
  const steps: AccessStep[] = [];
  const mayUse = permissions.actions.has('mcp.use');
  steps.push(
    mayUse
      ? { step: 'permission', outcome: 'passed', text: `mcp.use, by ${whose(permissions.roles)}.` }
      : { step: 'permission', outcome: 'refused', text: 'The permission mcp.use is missing.' },
  );
  const live = snapshot.bySlug.get(question.service);
  if (live === undefined) {
    const text = 'The tenant has no such service, or it is disabled.';
    return { allowed: false, steps: [...steps, { step: 'service', outcome: 'refused', text }] };
  }
  steps.push({ step: 'service', outcome: 'passed', text: `The service is ${live.health.state}.` });
  steps.push(...layerSteps(permissions.layers, live, question));
  if (includes !== undefined) {
    steps.push(
      lets(includes, live, question)
        ? { step: 'plan', outcome: 'passed', text: 'The plan of the tenant includes it.' }
        : { step: 'plan', outcome: 'refused', text: 'The plan of the tenant does not include it.' },
    );
  }
  steps.push(...ruleSteps(restriction, live, question));
  const isSeen = isShown(view, live, question);
  if (isSeen && restriction !== undefined)
    steps.push(...argumentSteps(restriction, live, question));
  const isRefused = steps.some(({ outcome }) => outcome === 'refused');
  if (!isSeen && !isRefused) {
    steps.push({ step: 'view', outcome: 'refused', text: 'Nothing of it is seen by this caller.' });
  }
  return { allowed: mayUse && isSeen && !steps.some(isArgumentsRefusal), steps };
}

const isArgumentsRefusal = ({ step, outcome }: AccessStep): boolean =>
  step === 'arguments' && outcome === 'refused';

const whose = (roles: readonly string[]): string =>
  roles.length === 0 ? 'its grant' : `the roles ${roles.join(', ')}`;

/** True when the caller's view has the thing: what it has not does not exist for the caller. */
function isShown(
  { bySlug, visibility }: TenantSnapshot,
  live: ServiceRuntime,
  { tool, prompt, resource }: AccessQuestion,
): boolean {
  if (!bySlug.has(live.service.slug)) return false;
  if (tool !== undefined) return visibility.shows(live, 'tools', { name: tool });
  if (prompt !== undefined) return visibility.shows(live, 'prompts', { name: prompt });
  if (resource === undefined) return true;
  return (
    visibility.reaches(live, resource) ||
    visibility.shows(live, 'templates', { uriTemplate: resource })
  );
}

function layerSteps(
  layers: readonly AccessLayer[],
  live: ServiceRuntime,
  question: AccessQuestion,
): readonly AccessStep[] {
  return layers.map((layer, index) => {
    const which = `access rules ${index + 1} of ${layers.length}`;
    return lets(layer, live, question)
      ? { step: 'access', outcome: 'passed', text: `One of the ${which} allows it.` }
      : { step: 'access', outcome: 'refused', text: `None of the ${which} allows it.` };
  });
}

function lets(layer: AccessLayer, live: ServiceRuntime, question: AccessQuestion): boolean {
  const isNamed = (question.tool ?? question.prompt ?? question.resource) !== undefined;
  if (!isNamed) return isAnyShown(live, layer);
  const visibility = createVisibility([layer]);
  const bySlug = new Map([[live.service.slug, live]]);
  return isShown({ bySlug, visibility } as unknown as TenantSnapshot, live, question);
}

function isAnyShown(live: ServiceRuntime, layer: AccessLayer): boolean {
  const visibility = createVisibility([layer]);
  const lists = ['tools', 'prompts', 'resources', 'templates'] as const;
  return (
    visibility.isWhole(live) ||
    lists.some((list) => live.listing[list].some((item) => visibility.shows(live, list, item)))
  );
}

function argumentSteps(
  restriction: Restriction,
  live: ServiceRuntime,
  { tool, prompt, arguments: args }: AccessQuestion,
): readonly AccessStep[] {
  const name = tool ?? prompt;
  if (name === undefined) return [];
  const kind = tool === undefined ? 'prompts' : 'tools';
  const { conditions } = restriction.decisionOf(live, kind, name);
  if (conditions === undefined) return [];
  if (args === undefined) {
    const text = 'The arguments decide; give arguments to see how.';
    return [{ step: 'arguments', outcome: 'noted', text }];
  }
  const refusing = refusal(conditions, args);
  if (refusing === undefined) {
    return [{ step: 'arguments', outcome: 'passed', text: 'No rule refuses these arguments.' }];
  }
  if (refusing === null) {
    const text = 'No rule that allows it holds for these arguments.';
    return [{ step: 'arguments', outcome: 'refused', text }];
  }
  return [{ step: 'arguments', outcome: 'refused', ...argumentsOf(refusing, args) }];
}

function argumentsOf(refusing: CompiledRule, args: object): Pick<AccessStep, 'text' | 'rule'> {
  const { id, name } = refusing.rule;
  const holds = refusing.judge?.(args) === true;
  const text = holds
    ? 'The conditions of this rule hold for these arguments.'
    : 'Whether the conditions of this rule hold cannot be told of these arguments.';
  return { text, rule: { id, name } };
}
