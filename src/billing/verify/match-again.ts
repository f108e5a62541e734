import type { UsageRecord } from '../../metering/store.ts';
import type { BillingRule, PlanTerms, TimeWindow } from '../plans/plan.ts';
import { countAgain, countBefore } from './count-again.ts';
import { isMore, minus, ratio, type Ratio } from './ratio.ts';

/** A rule that a record must have been charged by, and the quantity. */
export interface ExpectedHit {
  readonly rule: BillingRule;
  readonly quantity: Ratio;
}

/** What a record says of itself in JSON. */
interface Attributes {
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  readonly arguments?: Readonly<Record<string, string>>;
}

/** Finds the rules of a record by trying every one of them. */
export function matchAgain(
  record: UsageRecord,
  slug: string | null,
  terms: PlanTerms,
): readonly ExpectedHit[] {
  const isPart = record.outcome === 'part';
  const best = bestOf(terms, (rule) => isMet(rule, record, slug, !isPart));
  const running =
    record.part === null
      ? undefined
      : bestOf(terms, (rule) => {
          return isMet(rule, record, slug, false);
        });
  return [...best.values()].flatMap((rule) => {
    if (isPart ? !isPaidInParts(rule) : !isPaid(rule, record.outcome)) return [];
    const quantity = countAgain(rule, record, terms.currency);
    if (quantity === undefined || !isMore(quantity.counted, ratio(0n))) return [];
    const wasCharged = running?.get(rule.unit) === rule && isPaidInParts(rule);
    const before = wasCharged ? countBefore(rule, record) : undefined;
    if (before === undefined) return [{ rule, quantity: quantity.billed }];
    const rest = minus(quantity.billed, before.billed);
    return isMore(rest, ratio(0n)) ? [{ rule, quantity: rest }] : [];
  });
}

/** The best rule for each unit, of those that pass. */
function bestOf(
  { rules }: PlanTerms,
  passes: (rule: BillingRule) => boolean,
): ReadonlyMap<string, BillingRule> {
  const best = new Map<string, BillingRule>();
  for (const rule of rules) {
    if (!passes(rule)) continue;
    const other = best.get(rule.unit);
    if (other === undefined || goesBefore(rule, other)) best.set(rule.unit, rule);
  }
  return best;
}

/** Whether a call is charged by a rule before it has ended. */
function isPaidInParts({ unit, match, billableOutcomes }: BillingRule): boolean {
  const grows = ['millisecond', 'stream_minute', 'byte_in', 'byte_out', 'event'].includes(unit);
  return grows && match.outcomes === undefined && (billableOutcomes?.includes('part') ?? true);
}

/** Whether a rule is about a record; without `isEnded` about any ending of it. */
function isMet(
  { match, unit }: BillingRule,
  record: UsageRecord,
  slug: string | null,
  isEnded: boolean,
): boolean {
  const { services, tools, methods, outcomes, users, roles, groups, windows } = match;
  const tool = slug === null || record.tool === null ? null : `${slug}__${record.tool}`;
  const said = attributesOf(record);
  const own = unit === 'stream_minute' ? 'subscriptions/listen' : 'tools/call';
  return (
    fits(services, slug) &&
    fits(tools, tool) &&
    fits(methods ?? [own], record.method) &&
    (!isEnded || (outcomes?.includes(record.outcome) ?? true)) &&
    (users?.includes(record.userId) ?? true) &&
    (roles?.some((role) => said.roles?.includes(role) === true) ?? true) &&
    (groups?.some((group) => said.groups?.includes(group) === true) ?? true) &&
    Object.entries(match.arguments ?? {}).every(([name, patterns]) => {
      return fits(patterns, said.arguments?.[name] ?? null);
    }) &&
    (windows?.some((window) => isOpen(window, record.startedAtMs)) ?? true)
  );
}

function attributesOf(record: UsageRecord): Attributes {
  const { attributes } = record as { readonly attributes?: string | null };
  return attributes === undefined || attributes === null
    ? {}
    : (JSON.parse(attributes) as Attributes);
}

function fits(patterns: readonly string[] | undefined, text: string | null): boolean {
  if (patterns === undefined) return true;
  return text !== null && patterns.some((pattern) => isGlobOf(pattern, text));
}

/** With a row of flags instead of a regular expression, which a pattern could make slow. */
function isGlobOf(pattern: string, text: string): boolean {
  let reached = new Set([0]);
  for (const sign of pattern) {
    const next = new Set<number>();
    const first = Math.min(...reached);
    if (sign === '*') for (let at = first; at <= text.length; at++) next.add(at);
    else for (const at of reached) if (text.startsWith(sign, at)) next.add(at + sign.length);
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(text.length);
}

function goesBefore(one: BillingRule, other: BillingRule): boolean {
  const [mine, theirs] = [rankOf(one), rankOf(other)];
  for (const [index, value] of mine.entries()) {
    const against = theirs[index] ?? 0;
    if (value !== against) return value > against;
  }
  return one.id < other.id;
}

function rankOf({ match, priority }: BillingRule): readonly number[] {
  const { methods, outcomes, roles, groups, users, windows } = match;
  const asked = [methods, outcomes, roles, groups, users, windows].filter(Boolean).length;
  const values = Object.keys(match.arguments ?? {}).length;
  return [letters(match.tools), letters(match.services), asked + values, priority];
}

function letters(patterns: readonly string[] | undefined): number {
  if (patterns === undefined) return 0;
  const sizes = patterns.map((one) => {
    return one.includes('*') ? one.split('*').join('').length + 1 : Number.MAX_SAFE_INTEGER;
  });
  return Math.min(...sizes);
}

function isPaid({ unit, match, billableOutcomes }: BillingRule, outcome: UsageRecord['outcome']) {
  if (outcome === 'rejected') return false;
  const named = billableOutcomes ?? match.outcomes;
  if (named !== undefined) return named.includes(outcome);
  if (outcome === 'ok') return true;
  if (unit === 'success' || unit === 'reported_price') return false;
  if (outcome === 'tool_error') return true;
  return unit !== 'call' && (outcome === 'cancelled' || outcome === 'upstream_lost');
}

function isOpen({ timeZone, weekdays, from = '00:00', to = '24:00' }: TimeWindow, atMs: number) {
  const style = { timeZone, hourCycle: 'h23', weekday: 'short' } as const;
  const said = new Intl.DateTimeFormat('en-GB', { ...style, hour: '2-digit', minute: '2-digit' });
  const parts = Object.fromEntries(
    said.formatToParts(atMs).map(({ type, value }) => [type, value]),
  );
  const time = `${parts['hour']}:${parts['minute']}`;
  const day = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts['weekday'] ?? '');
  const isDay = (one: number): boolean => weekdays?.includes(one) ?? true;
  if (from < to) return isDay(day) && time >= from && time < to;
  return (time >= from && isDay(day)) || (time < to && isDay(day === 1 ? 7 : day - 1));
}
