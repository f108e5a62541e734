import type { BillingRule } from '../plans/plan.ts';
import { RuleIndex } from './rule-index.ts';
import { methodsOf } from '../plans/methods-of.ts';

/** What rules need to know of a call that a usage record does not keep of itself. */
export interface AskedFacts {
  /** Roles, and ids of groups, that rules name. */
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** Names of top-level arguments. */
  readonly arguments: readonly string[];
  /** Whether a rule counts what this tool reports of itself. */
  reports(slug: string, tool: string): boolean;
}

/** What these rules ask of calls; undefined when that is nothing. */
export function askedFacts(rules: readonly BillingRule[]): AskedFacts | undefined {
  const roles = new Set<string>();
  const groups = new Set<string>();
  const names = new Set<string>();
  const reporting = new RuleIndex();
  let isReportAsked = false;
  for (const rule of rules) {
    const { match, unit } = rule;
    for (const role of match.roles ?? []) roles.add(role);
    for (const group of match.groups ?? []) groups.add(group);
    for (const name of Object.keys(match.arguments ?? {})) names.add(name);
    if (!/^(?:token:|custom:|reported_price$)/.test(unit)) continue;
    isReportAsked = true;
    const { services, tools } = match;
    reporting.add({ services, tools, methods: methodsOf(rule) });
  }
  if (!isReportAsked && roles.size + groups.size + names.size === 0) return undefined;
  return {
    roles: [...roles],
    groups: [...groups],
    arguments: [...names],
    reports: (service, tool) =>
      isReportAsked && reporting.find({ service, tool, method: 'tools/call' }).length > 0,
  };
}
