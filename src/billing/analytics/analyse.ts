import type { TenantId } from '../../kernel/principal.ts';
import { usageOutcomes } from '../../metering/store.ts';
import type { Period } from '../periods/period-at.ts';
import { daySeries, hourSeries, timesOf, type SeriesPlan } from './analytics-times.ts';
import type { Arithmetic } from './arithmetic.ts';
import {
  groupMark,
  rankGroups,
  sumGroups,
  type GroupSum,
  type RankedGroups,
} from './rank-groups.ts';
import type { MeasuredGroup, RollupDimension, RollupFilter, RollupQuery } from './store.ts';

/** What an answer can be by: what rows tell apart, and the groups that users are in now. */
export type AnalysisGroup = RollupDimension | 'group';

/** A question as a person asks it. */
export interface Question {
  readonly tenants: readonly TenantId[];
  /** Of whole hours. */
  readonly range: Period;
  readonly timeZone: string;
  /** Into what time is divided; not at all when absent. */
  readonly granularity?: 'hour' | 'day';
  readonly by: readonly AnalysisGroup[];
  readonly filter: RollupFilter;
  readonly skipped: number;
  readonly top: number;
  /** The groups of each user; only needed where `by` has `group`. */
  readonly groupsOf?: ReadonlyMap<string, readonly string[]>;
}

/** One hour or day of an answer. */
export interface SeriesBucket<Measure> extends Period {
  readonly total: Measure;
  /** In the order of the answer's groups. */
  readonly groups: readonly Measure[];
  readonly other: Measure | undefined;
}

/** The answer. */
export interface Analysis<Measure> extends RankedGroups<Measure> {
  readonly series: readonly SeriesBucket<Measure>[] | undefined;
}

/** Asks for rows. */
export type Ask<Measure> = (query: RollupQuery) => Promise<readonly MeasuredGroup<Measure>[]>;

/** Answers a question: the total, the largest groups, all others, and how they went over time. */
export async function analyse<Measure>(
  ask: Ask<Measure>,
  arithmetic: Arithmetic<Measure>,
  question: Question,
): Promise<Analysis<Measure>> {
  const { skipped, top, by } = question;
  const overlaps = by.includes('group');
  const total = await totalOf(ask, arithmetic, question);
  // Whatever has no row of its own is read beside the groups, once for each outcome at most.
  const rowsMax = overlaps ? undefined : skipped + top + 1 + usageOutcomes.length;
  const groups = by.length === 0 ? [] : await groupsOf(ask, arithmetic, question, rowsMax);
  const page = rankGroups(groups, total, { skipped, top, overlaps }, arithmetic);
  const ranked = await withDetails(ask, arithmetic, question, page);
  const series = await seriesOf(ask, arithmetic, question, ranked.groups);
  return { ...ranked, series };
}

/** Every group of a question, or so many of the largest. */
export async function groupsOf<Measure>(
  ask: Ask<Measure>,
  arithmetic: Arithmetic<Measure>,
  question: Question,
  rowsMax?: number,
): Promise<readonly GroupSum<Measure>[]> {
  const asked = { ...queryOf(question), times: timesOf(question.range), isPerStart: false };
  const rows = await ask({ ...asked, ...(rowsMax === undefined ? {} : { rowsMax }) });
  return sumGroups(expanded(rows, question), arithmetic);
}

/** What everything that a question is about comes to. */
export async function totalOf<Measure>(
  ask: Ask<Measure>,
  { zero, add }: Arithmetic<Measure>,
  question: Question,
): Promise<Measure> {
  const asked = { ...queryOf(question), by: [], times: timesOf(question.range) };
  const total = zero();
  for (const { measure } of await ask({ ...asked, isPerStart: false, withLatency: true })) {
    add(total, measure, 1);
  }
  return total;
}

/** The same groups with their durations, which are read for those that are shown alone. */
async function withDetails<Measure>(
  ask: Ask<Measure>,
  arithmetic: Arithmetic<Measure>,
  question: Question,
  page: RankedGroups<Measure>,
): Promise<RankedGroups<Measure>> {
  if (page.groups.length === 0) return page;
  const asked = { ...queryOf(question), times: timesOf(question.range), isPerStart: false };
  const rows = await ask({ ...asked, filter: narrowed(question, page.groups), withLatency: true });
  const sums = sumGroups(expanded(rows, question), arithmetic);
  const detailed = new Map(sums.map((sum) => [groupMark(sum.group), sum]));
  const groups = page.groups.map((sum) => detailed.get(groupMark(sum.group)) ?? sum);
  if (question.skipped > 0 || page.other === undefined) return { ...page, groups };
  const other = arithmetic.zero();
  arithmetic.add(other, page.total, 1);
  for (const { measure } of groups) arithmetic.add(other, measure, -1);
  return { ...page, groups, other };
}

/** What everything comes to in each part of a series. */
export async function seriesTotals<Measure>(
  ask: Ask<Measure>,
  { zero, add }: Arithmetic<Measure>,
  about: Pick<RollupQuery, 'tenants' | 'filter'>,
  plan: SeriesPlan,
): Promise<readonly Measure[]> {
  const sums = plan.buckets.map(zero);
  const { times, placesOf } = plan;
  for (const row of await ask({ ...about, by: [], times, isPerStart: true, withLatency: true })) {
    for (const { bucket, sign } of placesOf(row.grain, row.startMs)) {
      const sum = sums[bucket];
      if (sum !== undefined) add(sum, row.measure, sign);
    }
  }
  return sums;
}

async function seriesOf<Measure>(
  ask: Ask<Measure>,
  arithmetic: Arithmetic<Measure>,
  question: Question,
  groups: readonly GroupSum<Measure>[],
): Promise<readonly SeriesBucket<Measure>[] | undefined> {
  const { granularity, range, timeZone, by } = question;
  if (granularity === undefined) return undefined;
  const plan = granularity === 'hour' ? hourSeries(range) : daySeries(range, timeZone);
  const { zero, add } = arithmetic;
  const totals = await seriesTotals(ask, arithmetic, question, plan);
  const places = new Map(groups.map(({ group }, place) => [groupMark(group), place]));
  const buckets = plan.buckets.map((period, place) => {
    return { ...period, total: totals[place] ?? zero(), groups: groups.map(zero) };
  });
  const asked = { ...queryOf(question), times: plan.times, isPerStart: true };
  const filter = narrowed(question, groups);
  const rows = groups.length === 0 ? [] : await ask({ ...asked, filter });
  for (const row of expanded(rows, question)) {
    const place = places.get(groupMark(row.group));
    if (place === undefined) continue;
    for (const { bucket, sign } of plan.placesOf(row.grain, row.startMs)) {
      const sum = buckets[bucket]?.groups[place];
      if (sum !== undefined) add(sum, row.measure, sign);
    }
  }
  return buckets.map((bucket) => {
    if (by.includes('group')) return { ...bucket, other: undefined };
    const other = zero();
    add(other, bucket.total, 1);
    for (const measure of bucket.groups) add(other, measure, -1);
    return { ...bucket, other };
  });
}

/** Only what one of the groups may consist of: so that a series reads no more. */
function narrowed<Measure>(
  { by, filter }: Question,
  groups: readonly GroupSum<Measure>[],
): RollupFilter {
  const values = by.flatMap((dimension, place) => {
    if (dimension === 'group') return [];
    return [[dimension, [...new Set(groups.map(({ group }) => group[place] ?? ''))]] as const];
  });
  // A group's values are among those of the filter already.
  return { ...filter, ...Object.fromEntries(values) };
}

function queryOf({ tenants, by, filter }: Question) {
  return { tenants, by: by.map((one) => (one === 'group' ? 'user' : one)), filter };
}

/** What a user did is of each group that the user is in; of '' when in none. */
function expanded<Measure>(
  rows: readonly MeasuredGroup<Measure>[],
  { by, groupsOf: memberships }: Question,
): readonly MeasuredGroup<Measure>[] {
  const place = by.indexOf('group');
  if (place === -1) return rows;
  return rows.flatMap((row) => {
    const groups = memberships?.get(row.group[place] ?? '') ?? [''];
    return groups.map((group) => ({ ...row, group: row.group.with(place, group) }));
  });
}
