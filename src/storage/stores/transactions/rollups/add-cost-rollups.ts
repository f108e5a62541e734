import type { Charge } from '../../../../billing/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import {
  facetOf,
  otherOf,
  rollupFacets,
  rollupStart,
  type RollupKey,
  type UsageRecord,
} from '../../../../metering/store.ts';
import { asTable, sql, type RowsTarget } from '../../sql.ts';
import { addRows, allRows, type Steps } from '../../transaction.ts';
import { findFull } from './fold-full.ts';
import { isUpTo, rebuildsNow } from './rebuilds-now.ts';

/** Who used what, of a record that was charged. */
export type ChargedUse = Pick<
  UsageRecord,
  'userId' | 'grantId' | 'credentialId' | 'serviceId' | 'tool'
>;

interface CostRollup extends RollupKey {
  readonly rule: string;
  readonly currency: string;
  readonly subscription: string;
  readonly periodStartMs: number;
  readonly part: 'usage' | 'period';
  charges: number;
  amount: bigint;
}

/** Adds charges that were just written to what sums them up; `uses` saves looking them up. */
export function* addCostRollups(
  tenant: TenantId,
  charges: readonly Charge[],
  uses: ReadonlyMap<string, ChargedUse> = new Map(),
): Steps<null> {
  if (charges.length === 0) return null;
  const rebuild = (yield* rebuildsNow()).get(tenant);
  const isCountedNow = (charge: Charge): boolean =>
    rebuild === undefined || charge.atMs < rebuild.fromMs || isUpTo(charge, rebuild.chargeAfter);
  return yield* countCharges(tenant, charges.filter(isCountedNow), uses);
}

/** Adds charges to the rows that sum them up. */
export function* countCharges(
  tenant: TenantId,
  charges: readonly Charge[],
  uses: ReadonlyMap<string, ChargedUse> = new Map(),
): Steps<null> {
  if (charges.length === 0) return null;
  const unknown = charges.flatMap(({ usageId }) => {
    return usageId === null || uses.has(usageId) ? [] : [usageId];
  });
  const known = new Map([...uses, ...(yield* usesOf(tenant, [...new Set(unknown)]))]);
  const all = sumUp(charges.map((charge) => rollupOf(tenant, charge, known)));
  const hours = rollupFacets.map((facet) => sumUp(all.map((row) => facetOf(row, facet))));
  const days = hours.map((some) => sumUp(some.map(inDays)));
  const rows = [...hours, ...days].flat();
  const full = yield* findFull('cost_rollup', yield* freshOf(rows));
  const folded = sumUp([...full].map((row) => otherOf(row)));
  return yield* upsert([...rows.filter((row) => !full.has(row)), ...folded]);
}

type UseRow = ChargedUse & { readonly id: string };

/** Records that were let go are not known any more; their charges are nobody's. */
function* usesOf(
  tenant: TenantId,
  ids: readonly string[],
): Steps<readonly (readonly [string, ChargedUse])[]> {
  if (ids.length === 0) return [];
  const wanted = asTable(
    { id: 'text' },
    ids.map((id) => [id]),
  );
  const rows = yield* allRows<UseRow>(sql`SELECT id, user_id AS "userId", grant_id AS "grantId",
      credential_id AS "credentialId", service_id AS "serviceId", tool FROM usage_record
    WHERE tenant_id = ${tenant} AND id IN (SELECT id FROM ${wanted} AS wanted)`);
  return rows.map((row) => [row.id, row]);
}

function rollupOf(
  tenant: TenantId,
  charge: Charge,
  uses: ReadonlyMap<string, ChargedUse>,
): CostRollup {
  const use = charge.usageId === null ? undefined : uses.get(charge.usageId);
  return {
    tenant,
    facet: 'all',
    grain: 'hour',
    startMs: rollupStart('hour', charge.atMs),
    user: use?.userId ?? '',
    key: use?.grantId ?? use?.credentialId ?? '',
    service: use?.serviceId ?? '',
    tool: use?.tool ?? '',
    rule: charge.ruleId,
    currency: charge.currency,
    subscription: charge.subscriptionId,
    periodStartMs: charge.periodStartMs,
    part: charge.usageId === null ? 'period' : 'usage',
    charges: 1,
    amount: charge.amount,
  };
}

function inDays(row: CostRollup): CostRollup {
  return { ...row, grain: 'day', startMs: rollupStart('day', row.startMs) };
}

function sumUp(rows: readonly CostRollup[]): readonly CostRollup[] {
  const sums = new Map<string, CostRollup>();
  for (const row of rows) {
    const mark = keyOf(row).join('\0');
    const sum = sums.get(mark);
    if (sum === undefined) sums.set(mark, { ...row });
    else {
      sum.charges += row.charges;
      sum.amount += row.amount;
    }
  }
  return [...sums.values()];
}

const KEY = {
  tenant_id: 'text',
  facet: 'text',
  grain: 'text',
  start_ms: 'bigint',
  user_id: 'text',
  key_id: 'text',
  service_id: 'text',
  tool: 'text',
  rule_id: 'text',
  currency: 'text',
  subscription_id: 'text',
  period_start_ms: 'bigint',
  part: 'text',
} as const;

const ROLLUP: RowsTarget = {
  table: 'cost_rollup',
  columns: { ...KEY, charges: 'bigint', amount_nano: 'bigint' },
  end: `ON CONFLICT (${Object.keys(KEY).join(', ')}) DO UPDATE SET
    charges = cost_rollup.charges + excluded.charges,
    amount_nano = cost_rollup.amount_nano + excluded.amount_nano`,
};

function* freshOf(rows: readonly CostRollup[]): Steps<readonly CostRollup[]> {
  const lines = rows.map((row, place) => [place, ...keyOf(row)]);
  const keys = asTable({ place: 'bigint', ...KEY }, lines);
  const found = yield* allRows<{ readonly place: number; readonly charges: number | null }>(
    sql`SELECT place, (SELECT charges FROM cost_rollup AS kept
        WHERE kept.tenant_id = line.tenant_id AND kept.facet = line.facet
          AND kept.grain = line.grain AND kept.start_ms = line.start_ms
          AND kept.user_id = line.user_id AND kept.key_id = line.key_id
          AND kept.service_id = line.service_id AND kept.tool = line.tool
          AND kept.rule_id = line.rule_id AND kept.currency = line.currency
          AND kept.subscription_id = line.subscription_id
          AND kept.period_start_ms = line.period_start_ms AND kept.part = line.part) AS charges
      FROM ${keys} AS line`,
  );
  return found.flatMap(({ place, charges }) => (charges === null ? (rows[place] ?? []) : []));
}

function* upsert(rows: readonly CostRollup[]): Steps<null> {
  return yield* addRows(
    ROLLUP,
    rows.map((row) => [...keyOf(row), row.charges, row.amount]),
  );
}

function keyOf(row: CostRollup): readonly (string | number)[] {
  const { tenant, facet, grain, startMs, user, key, service, tool } = row;
  const { rule, currency, subscription, periodStartMs, part } = row;
  const about = [tenant, facet, grain, startMs, user, key, service, tool];
  return about.concat([rule, currency, subscription, periodStartMs, part]);
}
