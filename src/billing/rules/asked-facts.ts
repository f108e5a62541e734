import type { BillingRule } from '../plans/plan.ts';
import { chargesParts } from './billed-quantity.ts';
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
  /** Whether somebody is paid for this tool: a rule takes its price, or holds an amount for it. */
  isPaid(slug: string, tool: string): boolean;
  /** Whether a rule charges such an exchange for time, bytes or events while it runs. */
  isInParts(about: { service: string | null; tool: string | null; method: string }): boolean;
}

/** What these rules ask of calls; undefined when that is nothing. */
export function askedFacts(rules: readonly BillingRule[]): AskedFacts | undefined {
  const roles = new Set<string>();
  const groups = new Set<string>();
  const values = new Set<string>();
  const reporting = new RuleIndex();
  const paid = new RuleIndex();
  const inParts = new RuleIndex();
  let isAnyInParts = false;
  let isReportAsked = false;
  let isAnyPaid = false;
  for (const rule of rules) {
    const { match, unit } = rule;
    for (const role of match.roles ?? []) roles.add(role);
    for (const group of match.groups ?? []) groups.add(group);
    for (const name of Object.keys(match.arguments ?? {})) values.add(name);
    const { services, tools } = match;
    const names = { services, tools, methods: methodsOf(rule) };
    if (unit === 'reported_price' || rule.holdMaximum !== undefined) {
      isAnyPaid = true;
      paid.add(names);
    }
    if (chargesParts(rule)) {
      isAnyInParts = true;
      inParts.add(names);
    }
    if (!/^(?:token:|custom:|reported_price$)/.test(unit)) continue;
    isReportAsked = true;
    reporting.add(names);
  }
  const isAny = isReportAsked || isAnyPaid || isAnyInParts;
  if (!isAny && roles.size + groups.size + values.size === 0) {
    return undefined;
  }
  return {
    roles: [...roles],
    groups: [...groups],
    arguments: [...values],
    reports: (service, tool) =>
      isReportAsked && reporting.find({ service, tool, method: 'tools/call' }).length > 0,
    isPaid: (service, tool) =>
      isAnyPaid && paid.find({ service, tool, method: 'tools/call' }).length > 0,
    isInParts: (about) => isAnyInParts && inParts.find(about).length > 0,
  };
}
