import type { MoneyNano } from '../../kernel/money.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { LatencyHistogram, UsageSums } from '../../metering/store.ts';

/** What sums can be told apart by; `outcome` of usage alone, `rule` of costs alone. */
export const rollupDimensions = [
  'tenant',
  'user',
  'key',
  'service',
  'tool',
  'outcome',
  'rule',
] as const;

/** One of them. */
export type RollupDimension = (typeof rollupDimensions)[number];

/** Only what has one of these values; of several dimensions, one of each. */
export type RollupFilter = Partial<Readonly<Record<RollupDimension, readonly string[]>>>;

/** Hours and days of UTC to sum up, by their starts; each moment is in one of them at most. */
export interface RollupTimes {
  readonly hours: readonly number[];
  readonly days: readonly number[];
}

/** A question about rows that sum up. */
export interface RollupQuery {
  readonly tenants: readonly TenantId[];
  readonly by: readonly RollupDimension[];
  readonly filter: RollupFilter;
  readonly times: RollupTimes;
  /** Whether each hour and day is told apart, too. */
  readonly isPerStart: boolean;
  /** Whether durations are read, which takes longest; without them histograms are empty. */
  readonly withLatency?: boolean;
  /** Only so many, the largest; all of them when absent. */
  readonly rowsMax?: number;
}

/** What was used by one group. */
export interface UsageMeasure extends UsageSums {
  readonly latency: LatencyHistogram;
}

/** What one group was charged, in one currency. */
export interface CostMeasure {
  charges: number;
  amount: MoneyNano;
  /** The part of it that is of a period which is still open, and may change. */
  provisional: MoneyNano;
  provisionalCharges: number;
}

/** Sums of one group: its values in the order of `by`, and the start when it was asked for. */
export interface MeasuredGroup<Measure> {
  readonly group: readonly string[];
  readonly grain: 'hour' | 'day';
  readonly startMs: number;
  readonly measure: Measure;
}

/** A currency with charges. */
export interface ChargedCurrency {
  /** ISO 4217. */
  readonly currency: string;
  readonly charges: number;
}

/**
 * Answers questions from what was summed up when it was written. Groups come in order, the largest
 * first.
 */
export interface AnalyticsStore {
  usage(query: RollupQuery): Promise<readonly MeasuredGroup<UsageMeasure>[]>;
  /** Of one currency; with `part`, of what usage or of what periods cost alone. */
  costs(
    query: RollupQuery & { readonly currency: string; readonly part?: 'usage' | 'period' },
  ): Promise<readonly MeasuredGroup<CostMeasure>[]>;
  /** The currencies of charges in a time, the one with the most first. */
  currencies(tenants: readonly TenantId[], times: RollupTimes): Promise<readonly ChargedCurrency[]>;
  /** Whether the rows of one of the tenants are being made again, so that some may lack. */
  isRebuilding(tenants: readonly TenantId[]): Promise<boolean>;
  /** Which groups each user of a tenant is in now. */
  groupsOfUsers(tenant: TenantId): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** Making rows that sum up again from what they sum up. */
export interface RollupStore {
  /** Asks for it. */
  startRebuild(tenant: TenantId): Promise<void>;
  /** Does a part of it; true while there is more. */
  rebuildSome(tenant: TenantId): Promise<boolean>;
  /** The tenants for which it was asked. */
  rebuilding(): Promise<readonly TenantId[]>;
}
