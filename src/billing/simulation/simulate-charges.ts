import { setImmediate as turn } from 'node:timers/promises';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { UsageRecord, UsageStore } from '../../metering/store.ts';
import { compileVersion, type CompiledVersion } from '../charging/subscribed-plan.ts';
import type { PlanVersion } from '../plans/plan.ts';
import type { SubscriptionStore } from '../plans/store.ts';
import type { CurrencyAmount, StatementStore, TimeRange } from '../statements/store.ts';
import { descending, TenantSimulation, type SimulatedTenant } from './tenant-simulation.ts';

/** Records that are read at once, and those that are rated between two looks at the clock. */
const PAGE_ROWS = 500;
const CHUNK_RECORDS = 10;
/** How long it works before others have their turn. */
const SLICE_MS = 15;

/** What simulating reads. */
export interface SimulationContext {
  readonly usage: Pick<UsageStore, 'list'>;
  readonly statements: Pick<StatementStore, 'used' | 'charged'>;
  readonly subscriptions: Pick<SubscriptionStore, 'at'>;
  /** What services of a tenant are called, by id. */
  slugsOf(tenant: TenantId): Promise<ReadonlyMap<string, string>>;
}

/** What to simulate. */
export interface SimulationRequest {
  readonly version: PlanVersion;
  readonly range: TimeRange;
  readonly tenants: readonly TenantId[];
}

/** What a tenant was charged and would have been charged. */
export interface TenantDifference extends SimulatedTenant {
  readonly tenant: TenantId;
  readonly charged: readonly CurrencyAmount[];
  /** Simulated minus charged; null when something was charged in another currency. */
  readonly difference: MoneyNano | null;
}

/**
 * Rates what tenants used with another version and compares it with what they were charged; the
 * largest difference first. Nothing is written. Others have their turn every few milliseconds.
 * Throws GatewayError `invalid_params` for more records than are simulated.
 */
export async function simulateCharges(
  context: SimulationContext,
  { version, range, tenants }: SimulationRequest,
): Promise<readonly TenantDifference[]> {
  await checkSize(context, range, tenants);
  const compiled = compileVersion(version.id, version.terms);
  const differences: TenantDifference[] = [];
  for (const tenant of tenants) {
    const simulated = await simulateTenant(context, compiled, range, tenant);
    const charged = await context.statements.charged(tenant, range);
    const difference = differenceOf(simulated.amount, charged, version.terms.currency);
    differences.push({ tenant, ...simulated, charged, difference });
  }
  return differences.toSorted((one, other) =>
    descending(sizeOf(one.difference), sizeOf(other.difference)),
  );
}

async function checkSize(
  { statements }: SimulationContext,
  range: TimeRange,
  tenants: readonly TenantId[],
): Promise<void> {
  let records = 0;
  for (const tenant of tenants) records += (await statements.used(tenant, range)).records;
  if (records <= limits.simulatedRecordsMax) return;
  const text =
    `These are ${records} usage records, and ${limits.simulatedRecordsMax} are simulated at ` +
    'most; ask for a shorter time or fewer tenants.';
  throw new GatewayError('invalid_params', text);
}

async function simulateTenant(
  context: SimulationContext,
  version: CompiledVersion,
  range: TimeRange,
  tenant: TenantId,
): Promise<SimulatedTenant> {
  const { fromMs, toMs } = range;
  const now = await context.subscriptions.at(tenant, fromMs);
  const subscription = {
    tenant,
    id: 'simulated',
    planVersionId: version.id,
    startsAtMs: fromMs,
    endsAtMs: toMs,
    anchorMs: now?.anchorMs ?? fromMs,
    timeZone: now?.timeZone ?? 'UTC',
  };
  const slugs = await context.slugsOf(tenant);
  const simulation = new TenantSimulation({ subscription, version }, slugs);
  for await (const records of pages(context, range, tenant)) {
    let beganMs = performance.now();
    for (let from = 0; from < records.length; from += CHUNK_RECORDS) {
      simulation.add(records.slice(from, from + CHUNK_RECORDS));
      if (performance.now() - beganMs < SLICE_MS) continue;
      await turn();
      beganMs = performance.now();
    }
  }
  return simulation.end();
}

async function* pages(
  { usage }: SimulationContext,
  { fromMs, toMs }: TimeRange,
  tenant: TenantId,
): AsyncGenerator<readonly UsageRecord[]> {
  let after: string | undefined;
  for (;;) {
    const place = after === undefined ? {} : { after };
    const rowsMax = PAGE_ROWS;
    const query = { fromMs, toMs, descending: false, rowsMax, ...place };
    const records = await usage.list(tenant, query);
    if (records.length > 0) yield records;
    if (records.length < rowsMax) return;
    after = records.at(-1)?.id;
  }
}

function differenceOf(
  simulated: MoneyNano,
  charged: readonly CurrencyAmount[],
  currency: string,
): MoneyNano | null {
  const others = charged.filter((one) => one.currency !== currency && one.amount !== 0n);
  if (others.length > 0) return null;
  const own = charged.find((one) => one.currency === currency);
  return simulated - (own?.amount ?? 0n);
}

/** What cannot be compared comes first: somebody has to look at it. */
function sizeOf(difference: MoneyNano | null): MoneyNano {
  if (difference === null) return limits.chargeNanoMax * BigInt(limits.simulatedRecordsMax);
  return difference < 0n ? -difference : difference;
}
