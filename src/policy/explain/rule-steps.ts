import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { CompiledRule } from '../rules/compile-rule.ts';
import type { Restriction } from '../rules/restriction.ts';
import type { RuleKind } from '../rules/rule-index.ts';
import type { AccessQuestion, AccessStep } from './explanation.ts';

/** What the rules of the tenant say of the thing: each that is about it, and all together. */
export function ruleSteps(
  restriction: Restriction | undefined,
  live: ServiceRuntime,
  question: AccessQuestion,
): readonly AccessStep[] {
  if (restriction === undefined) {
    const text = 'No rule of the tenant takes anything away from this caller.';
    return [{ step: 'rules', outcome: 'passed', text }];
  }
  const named = nameOf(question);
  if (named === undefined) return serviceSteps(restriction, live);
  const [kind, name] = named;
  const listed = live.listing[kind].find((item) => item['name'] === name);
  const rules = restriction.rulesAbout(live, kind, name);
  const steps = rules.map((rule) => stepOf(rule, kind === 'tools' ? listed : {}));
  if (steps.some(({ outcome }) => outcome === 'refused')) return steps;
  return [...steps, together(restriction, live, kind, name)];
}

function nameOf({ tool, prompt, resource }: AccessQuestion): [RuleKind, string] | undefined {
  if (tool !== undefined) return ['tools', tool];
  if (prompt !== undefined) return ['prompts', prompt];
  return resource === undefined ? undefined : ['resources', resource];
}

function serviceSteps(restriction: Restriction, live: ServiceRuntime): readonly AccessStep[] {
  const text = restriction.isWhole(live)
    ? 'Rules take away nothing of the service as a whole.'
    : 'Rules take away some of the service, or may; what is left of it is seen.';
  return [{ step: 'rules', outcome: 'noted', text }];
}

function stepOf(rule: CompiledRule, definition: JsonObject | undefined): AccessStep {
  const { id, name, effect } = rule.rule;
  const named = { step: 'rule', rule: { id, name } } as const;
  const fits = rule.fits(definition);
  if (fits === false) {
    return {
      ...named,
      outcome: 'noted',
      text: 'It is about tools that say otherwise of themselves.',
    };
  }
  if (rule.judge !== undefined) {
    return { ...named, outcome: 'noted', text: `It ${effect}s by the arguments.` };
  }
  if (rule.isDeny) return { ...named, outcome: 'refused', text: 'It denies this.' };
  return fits === true
    ? { ...named, outcome: 'passed', text: 'It allows this.' }
    : { ...named, outcome: 'noted', text: 'It allows tools that are listed with such hints.' };
}

/** What is decided when no rule denies: by default everything, or what some rule allows. */
function together(
  restriction: Restriction,
  live: ServiceRuntime,
  kind: RuleKind,
  name: string,
): AccessStep {
  if (restriction.mode === 'allow-by-default') {
    const text = 'No rule denies it, and what no rule denies is allowed.';
    return { step: 'rules', outcome: 'passed', text };
  }
  // The page of a tool comes with the tool; whether it does is the view's to say.
  const isAllowed =
    kind === 'resources'
      ? restriction.decisionOfUri(live, name).isAllowed
      : !restriction.decisionOf(live, kind, name).isHidden;
  if (isAllowed) {
    return { step: 'rules', outcome: 'passed', text: 'A rule allows it and none denies it.' };
  }
  const outcome = kind === 'resources' ? 'noted' : 'refused';
  return { step: 'rules', outcome, text: 'The tenant denies what no rule allows.' };
}
