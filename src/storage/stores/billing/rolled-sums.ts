import type { AnalyticsStore, RollupDimension } from '../../../billing/analytics/store.ts';
import type {
  CostGroup,
  CostStore,
  CostSum,
  SumQuery,
  UsageSum,
} from '../../../billing/costs/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { rollupOther } from '../../../metering/store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Shorter times are read from the records: it costs little. */
const SPAN_MS_MIN = 6 * HOUR_MS;

/** Undefined for what is summed up nowhere: there are as many sessions as hours, and more. */
const DIMENSIONS: Readonly<Record<CostGroup, readonly RollupDimension[] | undefined>> = {
  service: ['service'],
  tool: ['service', 'tool'],
  user: ['user'],
  key: ['key'],
  session: undefined,
  day: [],
  rule: ['rule'],
};

/** A row of an answer, and what it is of. */
interface Sum {
  readonly group: string | null;
}

/** How sums of one kind are put together. */
interface Kind<Row extends Sum> {
  /** What else tells rows apart. */
  markOf(row: Row): string;
  add(one: Row, other: Row): Row;
  /** Above 0 when the first is the larger one. */
  compare(one: Row, other: Row): number;
}

const costs: Kind<CostSum> = {
  markOf: ({ currency }) => currency,
  add: (one, other) => ({
    ...one,
    charges: one.charges + other.charges,
    amount: one.amount + other.amount,
    isProvisional: one.isProvisional || other.isProvisional,
  }),
  compare: ({ amount: one }, { amount: other }) => {
    if (one === other) return 0;
    return one < other ? -1 : 1;
  },
};

const usage: Kind<UsageSum> = {
  markOf: () => '',
  add: (one, other) => ({
    ...one,
    records: one.records + other.records,
    bytesIn: one.bytesIn + other.bytesIn,
    bytesOut: one.bytesOut + other.bytesOut,
    durationMs: one.durationMs + other.durationMs,
  }),
  compare: (one, other) => one.records - other.records,
};

/**
 * Sums of charges and of usage that read whole hours from what was summed up, and the rest of a
 * time from the records. Where a group has no row of its own, and while rows are made again,
 * everything is read from the records.
 */
export function rolledSums(recorded: CostStore, analytics: AnalyticsStore): CostStore {
  const rolledCosts = async (tenant: TenantId, query: SumQuery): Promise<readonly CostSum[]> => {
    const found: CostSum[] = [];
    for (const { currency } of await analytics.currencies([tenant], timesOf(query))) {
      const rows = await analytics.costs({ ...asked(tenant, query), currency });
      for (const { group, startMs, measure } of rows) {
        const { charges, amount, provisionalCharges } = measure;
        const named = nameOf(query.by, group, startMs);
        found.push({
          group: named,
          currency,
          charges,
          amount,
          isProvisional: provisionalCharges > 0,
        });
      }
    }
    return found;
  };
  const rolledUsage = async (tenant: TenantId, query: SumQuery): Promise<readonly UsageSum[]> => {
    const rows = await analytics.usage(asked(tenant, query));
    return rows.map(({ group, startMs, measure }) => {
      const { records, bytesIn, bytesOut, durationMicros } = measure;
      const named = nameOf(query.by, group, startMs);
      return { group: named, records, bytesIn, bytesOut, durationMs: durationMicros / 1000 };
    });
  };
  const together = async <Row extends Sum>(
    tenant: TenantId,
    query: SumQuery,
    kind: Kind<Row>,
    read: (tenant: TenantId, query: SumQuery) => Promise<readonly Row[]>,
    roll: (tenant: TenantId, query: SumQuery) => Promise<readonly Row[]>,
  ): Promise<readonly Row[]> => {
    const inside = DIMENSIONS[query.by] === undefined ? undefined : wholeHoursIn(query);
    if (inside === undefined || (await analytics.isRebuilding([tenant]))) {
      return await read(tenant, query);
    }
    const rolled = await roll(tenant, { ...query, ...inside });
    if (rolled.some(({ group }) => group?.includes(rollupOther) === true)) {
      return await read(tenant, query);
    }
    const ends = [
      { ...query, toMs: inside.fromMs },
      { ...query, fromMs: inside.toMs },
    ].filter(({ fromMs, toMs }) => fromMs < toMs);
    const rest = await Promise.all(
      ends.map((end) => read(tenant, { ...end, rowsMax: Number.MAX_SAFE_INTEGER })),
    );
    return inOrder([rolled, ...rest].flat(), query, kind);
  };
  return {
    ...recorded,
    costs: (tenant, query) => together(tenant, query, costs, recorded.costs, rolledCosts),
    usage: (tenant, query) => together(tenant, query, usage, recorded.usage, rolledUsage),
  };
}

function wholeHoursIn({ fromMs, toMs }: SumQuery) {
  const inside = {
    fromMs: Math.ceil(fromMs / HOUR_MS) * HOUR_MS,
    toMs: Math.floor(toMs / HOUR_MS) * HOUR_MS,
  };
  return inside.toMs - inside.fromMs < SPAN_MS_MIN ? undefined : inside;
}

function asked(tenant: TenantId, query: SumQuery) {
  const by = DIMENSIONS[query.by] ?? [];
  const times = timesOf(query);
  return { tenants: [tenant], by, filter: {}, times, isPerStart: query.by === 'day' };
}

/** Whole days in the middle, hours at both ends. */
function timesOf({ fromMs, toMs }: SumQuery) {
  const firstDay = Math.ceil(fromMs / DAY_MS) * DAY_MS;
  const lastDay = Math.max(firstDay, Math.floor(toMs / DAY_MS) * DAY_MS);
  const steps = (from: number, until: number, step: number): readonly number[] =>
    Array.from({ length: Math.max(0, (until - from) / step) }, (_, index) => from + index * step);
  const hours = [
    ...steps(fromMs, Math.min(firstDay, toMs), HOUR_MS),
    ...steps(lastDay, toMs, HOUR_MS),
  ];
  return { hours, days: steps(firstDay, lastDay, DAY_MS) };
}

function nameOf(by: CostGroup, group: readonly string[], startMs: number): string | null {
  if (by === 'day') return new Date(startMs).toISOString().slice(0, 10);
  return group.includes('') ? null : group.join('__');
}

function inOrder<Row extends Sum>(
  rows: readonly Row[],
  { by, rowsMax }: SumQuery,
  { markOf, add, compare }: Kind<Row>,
): readonly Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const mark = JSON.stringify([row.group, markOf(row)]);
    const sum = sums.get(mark);
    sums.set(mark, sum === undefined ? row : add(sum, row));
  }
  const byName = (one: Row, other: Row): number => {
    const [left, right] = [one.group ?? '\u{ffff}', other.group ?? '\u{ffff}'];
    if (left === right) return 0;
    return left < right ? -1 : 1;
  };
  return [...sums.values()]
    .toSorted((one, other) => (by === 'day' ? 0 : compare(other, one)) || byName(one, other))
    .slice(0, rowsMax);
}
