import { sql, type RawBuilder } from 'kysely';
import type {
  AnalyticsStore,
  ChargedCurrency,
  CostMeasure,
  MeasuredGroup,
  RollupDimension,
  RollupFilter,
  RollupQuery,
  RollupStore,
} from '../../../billing/analytics/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { addEncodedLatency, type RollupFacet, type RollupGrain } from '../../../metering/store.ts';
import type { Database, QueryBuilder } from '../database.ts';

/** Answers questions from what was summed up. */
export function createAnalyticsStore({ query }: Database): AnalyticsStore {
  return {
    usage: async (asked) => {
      const { rows } = await usageStatement(asked).execute(query);
      return rows.map((row) => {
        const { latency: text, ...sums } = row;
        const latency = new Map<number, number>();
        if (text !== null) addEncodedLatency(latency, text);
        return groupOf(asked, row, { ...sumsOf(sums), latency });
      });
    },
    costs: async (asked) => {
      const { rows } = await costStatement(asked).execute(query);
      return rows.map((row) =>
        groupOf<CostMeasure>(asked, row, {
          charges: row.charges,
          amount: BigInt(row.amount),
          provisional: BigInt(row.provisional),
          provisionalCharges: row.provisionalCharges,
        }),
      );
    },
    currencies: async (tenants, times) => {
      const { rows } = await sql<ChargedCurrency>`SELECT currency,
          CAST(sum(charges) AS bigint) AS charges
        FROM (${linesOf('cost_rollup', { tenants, by: [], filter: {}, times })}) AS line
        GROUP BY currency ORDER BY sum(charges) DESC, currency`.execute(query);
      return rows;
    },
    isRebuilding: async (tenants) => {
      if (tenants.length === 0) return false;
      const row = await query
        .selectFrom('rollup_rebuild')
        .select('tenant_id')
        .where('tenant_id', 'in', tenants)
        .executeTakeFirst();
      return row !== undefined;
    },
    groupsOfUsers: (tenant) => groupsOfUsers(query, tenant),
  };
}

/** Making rows again. */
export function createRollupStore({ query, transact }: Database): RollupStore {
  return {
    startRebuild: async (tenant) => {
      await transact('startRollupRebuild', { tenant });
    },
    rebuildSome: (tenant) => transact('rebuildRollups', { tenant }),
    rebuilding: async () => {
      const rows = await query.selectFrom('rollup_rebuild').select('tenant_id').execute();
      return rows.map((row) => row.tenant_id);
    },
  };
}

async function groupsOfUsers(query: QueryBuilder, tenant: TenantId) {
  const rows = await query
    .selectFrom('group_member')
    .select(['user_id', 'group_id'])
    .where('tenant_id', '=', tenant)
    .orderBy('group_id')
    .execute();
  const groups = new Map<string, string[]>();
  for (const { user_id: user, group_id: group } of rows) {
    const some = groups.get(user);
    if (some === undefined) groups.set(user, [group]);
    else some.push(group);
  }
  return groups;
}

interface UsageSumRow {
  readonly records: number;
  readonly calls: number;
  readonly durationMicros: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly tokens: number;
  readonly events: number;
  readonly latency: string | null;
}

function usageStatement(asked: RollupQuery) {
  const by = columnsOf(asked);
  const latency = asked.withLatency === true ? sql`string_agg(latency, ' ')` : sql`NULL`;
  return sql<UsageSumRow & Grouped>`SELECT ${by.selected}
      CAST(sum(records) AS bigint) AS "records", CAST(sum(calls) AS bigint) AS "calls",
      CAST(sum(duration_us) AS bigint) AS "durationMicros",
      CAST(sum(bytes_in) AS bigint) AS "bytesIn", CAST(sum(bytes_out) AS bigint) AS "bytesOut",
      CAST(sum(tokens) AS bigint) AS "tokens", CAST(sum(events) AS bigint) AS "events",
      ${latency} AS "latency"
    FROM (${linesOf('usage_rollup', asked)}) AS line
    ${by.grouped} HAVING count(*) > 0 ${ordered(asked, by, sql`sum(records)`)}`;
}

interface CostSumRow {
  readonly charges: number;
  readonly amount: string;
  readonly provisional: string;
  readonly provisionalCharges: number;
}

/** Whether the period of a row is closed, so that its costs do not change any more. */
const IS_CLOSED = sql`EXISTS (SELECT 1 FROM billing_period AS period
  WHERE period.tenant_id = line.tenant_id AND period.subscription_id = line.subscription_id
    AND period.start_ms = line.period_start_ms AND period.closed_at_ms IS NOT NULL)`;

function costStatement(
  asked: RollupQuery & { readonly currency: string; readonly part?: 'usage' | 'period' },
) {
  const by = columnsOf(asked);
  const part = asked.part === undefined ? NOTHING : sql`AND part = ${asked.part}`;
  return sql<CostSumRow & Grouped>`SELECT ${by.selected}
      CAST(sum(charges) AS bigint) AS "charges", CAST(sum(amount_nano) AS text) AS "amount",
      CAST(sum(CASE WHEN ${IS_CLOSED} THEN 0 ELSE amount_nano END) AS text) AS "provisional",
      CAST(sum(CASE WHEN ${IS_CLOSED} THEN 0 ELSE charges END) AS bigint) AS "provisionalCharges"
    FROM (${linesOf('cost_rollup', asked)}) AS line
    WHERE currency = ${asked.currency} ${part}
    ${by.grouped} HAVING count(*) > 0 ${ordered(asked, by, sql`sum(amount_nano)`)}`;
}

type Grouped = Readonly<Partial<Record<RollupDimension, string>>> & {
  readonly grain?: RollupGrain;
  readonly startMs?: number;
};

const NOTHING = sql``;

const COLUMNS: Readonly<Record<RollupDimension, string>> = {
  tenant: 'tenant_id',
  user: 'user_id',
  key: 'key_id',
  service: 'service_id',
  tool: 'tool',
  outcome: 'outcome',
  rule: 'rule_id',
};

/** The groups of a question, as they are selected and grouped by. */
function columnsOf({ by, isPerStart }: RollupQuery) {
  const columns = by.map((dimension) => ({ column: COLUMNS[dimension], as: dimension as string }));
  if (isPerStart) {
    columns.push({ column: 'grain', as: 'grain' }, { column: 'start_ms', as: 'startMs' });
  }
  const selected = columns.map(({ column, as }) => sql`${sql.ref(column)} AS ${sql.id(as)}, `);
  const names = sql.join(columns.map(({ column }) => sql.ref(column)));
  if (columns.length === 0) return { selected: NOTHING, grouped: NOTHING, names: undefined };
  return { selected: sql.join(selected, NOTHING), grouped: sql`GROUP BY ${names}`, names };
}

/** The largest first; among those that are as large the order is the same each time. */
function ordered(
  { rowsMax }: RollupQuery,
  { names }: ReturnType<typeof columnsOf>,
  size: RawBuilder<unknown>,
): RawBuilder<unknown> {
  if (names === undefined) return NOTHING;
  const bound = rowsMax === undefined ? NOTHING : sql`LIMIT ${rowsMax}`;
  return sql`ORDER BY ${size} DESC, ${names} ${bound}`;
}

/** The rows that a question is about: of its facet, its hours and its days. */
function linesOf(
  table: 'usage_rollup' | 'cost_rollup',
  asked: Omit<RollupQuery, 'isPerStart'>,
): RawBuilder<unknown> {
  const { tenants, filter, times } = asked;
  const facet = facetFor(asked);
  const ofGrain = (grain: RollupGrain, starts: readonly number[]) => sql`SELECT *
    FROM ${sql.table(table)} WHERE ${within(tenants, facet, grain, starts)} ${filtered(filter)}`;
  const both = [
    ...(times.hours.length > 0 ? [ofGrain('hour', times.hours)] : []),
    ...(times.days.length > 0 ? [ofGrain('day', times.days)] : []),
  ];
  return both.length === 0 ? ofGrain('day', [0]) : sql.join(both, sql` UNION ALL `);
}

/** The smallest facet that tells apart what is asked for. */
function facetFor({ by, filter }: Pick<RollupQuery, 'by' | 'filter'>): RollupFacet {
  const asked = new Set<string>([...by, ...Object.keys(filter)]);
  const hasWho = asked.has('user') || asked.has('key');
  const hasWhat = asked.has('service') || asked.has('tool');
  if (hasWho) return hasWhat ? 'all' : 'who';
  return hasWhat ? 'what' : 'total';
}

/** Conditions that begin the key, each start on its own: so that nothing else is read. */
function within(
  tenants: readonly TenantId[],
  facet: RollupFacet,
  grain: RollupGrain,
  starts: readonly number[],
): RawBuilder<unknown> {
  if (tenants.length === 0) return sql`1 = 0`;
  // Whole numbers of our own making: thousands of parameters would be too many for an engine.
  const moments = sql.join(starts.map((start) => sql.lit(start)));
  return sql`tenant_id IN (${sql.join(tenants)}) AND facet = ${facet} AND grain = ${grain}
    AND start_ms IN (${moments})`;
}

function filtered(filter: RollupFilter): RawBuilder<unknown> {
  const conditions = Object.entries(filter).map(([dimension, values]) => {
    const column = sql.ref(COLUMNS[dimension as RollupDimension]);
    if (values.length === 0) return sql`AND 1 = 0`;
    return sql`AND ${column} IN (${sql.join([...values])})`;
  });
  return conditions.length === 0 ? NOTHING : sql.join(conditions, sql` `);
}

function groupOf<Measure>(
  { by }: RollupQuery,
  row: Grouped,
  measure: Measure,
): MeasuredGroup<Measure> {
  const group = by.map((dimension) => row[dimension] ?? '');
  return { group, grain: row.grain ?? 'day', startMs: row.startMs ?? 0, measure };
}

function sumsOf(row: Omit<UsageSumRow, 'latency'>) {
  const { records, calls, durationMicros, bytesIn, bytesOut, tokens, events } = row;
  return { records, calls, durationMicros, bytesIn, bytesOut, tokens, events };
}
