import type { DraftCharge, RatedUsage, SubscribedPlan } from '../../../../../billing/store.ts';
import {
  isCountedCall,
  readHolds,
  type RecordDraw,
  type RecordHold,
} from '../../../../../billing/pools/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { HOLDS_OF_CALL } from '../../../../../metering/store.ts';
import { sql, tuples } from '../../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../../transaction.ts';
import { chunks } from '../chunks.ts';
import { chargeWallet, drawPoolHolds } from './draw-holds.ts';

/** What rating made of some records. */
export interface RatedForPools {
  readonly records: readonly RatedUsage[];
  readonly charges: readonly DraftCharge[];
  readonly plans: readonly SubscribedPlan[];
}

/** Whether a tenant has anything that its records may draw from. */
export function* hasPools(tenant: TenantId): Steps<boolean> {
  const pool = yield* firstRow(sql`SELECT id FROM pool WHERE tenant_id = ${tenant} LIMIT 1`);
  return pool !== undefined;
}

/**
 * Charges credit and budgets for records that were rated: what each of them was charged to the
 * leases that it held, one call for each charge key to budgets in calls. What a call holds that
 * became a task is kept for the record of the task's end. What a prepaid plan charges without a
 * hold is charged to the wallet as far as it has something.
 */
export function* drawRecords(
  tenant: TenantId,
  { records, charges, plans }: RatedForPools,
  nowMs: number,
): Steps<null> {
  yield* keepTaskHolds(tenant, records, nowMs);
  const kept = yield* takeTaskHolds(tenant, records);
  const charged = Map.groupBy(charges, ({ usageId }) => usageId);
  const draws: RecordDraw[] = [];
  const inHand = new Set<string>();
  for (const record of records) {
    if (record.outcome === 'task') continue;
    const holds = holdsOf(record, kept);
    if (holds.length === 0) continue;
    const money = (charged.get(record.id) ?? []).reduce((sum, { amount }) => sum + amount, 0n);
    const calls = holds.some(isCalls) ? yield* countCall(tenant, record) : 0n;
    for (const hold of holds) {
      const { leaseId, amount } = hold;
      const charge = isCalls(hold) ? calls : money;
      draws.push({ usageId: record.id, leaseId, hold: amount, charge });
    }
    if (holds.some(({ from }) => from === 'wallet')) inHand.add(record.id);
  }
  if (draws.length > 0) yield* drawPoolHolds({ tenant, draws, nowMs });
  return yield* chargeWallets(tenant, charges, plans, inHand, nowMs);
}

function holdsOf(
  { chargeKey, holds }: RatedUsage,
  kept: Map<string, readonly RecordHold[]>,
): readonly RecordHold[] {
  if (holds !== HOLDS_OF_CALL) return readHolds(holds);
  const own = kept.get(chargeKey) ?? [];
  kept.delete(chargeKey);
  return own;
}

const isCalls = ({ from }: RecordHold): boolean => from === 'calls';

function* keepTaskHolds(
  tenant: TenantId,
  records: readonly RatedUsage[],
  nowMs: number,
): Steps<null> {
  const tasks = records.filter(({ outcome, holds }) => outcome === 'task' && holds !== null);
  for (const some of chunks(tasks)) {
    yield* change(sql`INSERT INTO task_hold (tenant_id, charge_key, holds, at_ms)
      VALUES ${tuples(some.map(({ chargeKey, holds }) => [tenant, chargeKey, holds, nowMs]))}
      ON CONFLICT DO NOTHING`);
  }
  return null;
}

/** What was kept for those of the records that are the ends of tasks. */
function* takeTaskHolds(
  tenant: TenantId,
  records: readonly RatedUsage[],
): Steps<Map<string, readonly RecordHold[]>> {
  const found = new Map<string, readonly RecordHold[]>();
  const ends = records.filter(({ holds }) => holds === HOLDS_OF_CALL);
  const keys = [...new Set(ends.map(({ chargeKey }) => chargeKey))];
  for (const some of chunks(keys)) {
    const rows = yield* allRows<{ readonly key: string; readonly holds: string }>(sql`DELETE
      FROM task_hold WHERE tenant_id = ${tenant}
        AND charge_key IN (VALUES ${tuples(some.map((key) => [key]))})
      RETURNING charge_key AS key, holds`);
    for (const { key, holds } of rows) found.set(key, readHolds(holds));
  }
  return found;
}

/** One for the first record of a charge key that counts, otherwise none. */
function* countCall(tenant: TenantId, record: RatedUsage): Steps<bigint> {
  if (!isCountedCall(record)) return 0n;
  // A record that has its key for itself is the only one.
  if (record.chargeKey === record.id) return 1n;
  const added = yield* change(sql`INSERT INTO counted_call (tenant_id, charge_key)
    VALUES (${tenant}, ${record.chargeKey}) ON CONFLICT DO NOTHING`);
  return BigInt(added);
}

/** What is charged in a prepaid plan and was not held: usage that came late, or took too long. */
function* chargeWallets(
  tenant: TenantId,
  charges: readonly DraftCharge[],
  plans: readonly SubscribedPlan[],
  inHand: ReadonlySet<string>,
  nowMs: number,
): Steps<null> {
  const prepaid = new Set(
    plans.flatMap(({ version }) => (version.terms.payment === 'prepaid' ? [version.id] : [])),
  );
  if (prepaid.size === 0) return null;
  const open = charges.filter(({ usageId, planVersionId }) => {
    return usageId !== null && !inHand.has(usageId) && prepaid.has(planVersionId);
  });
  for (const [currency, some] of Map.groupBy(open, (charge) => charge.currency)) {
    const amount = some.reduce((sum, charge) => sum + charge.amount, 0n);
    const purpose = some.flatMap(({ usageId }) => usageId ?? []);
    yield* chargeWallet(tenant, { currency, amount, purpose }, nowMs);
  }
  return null;
}
