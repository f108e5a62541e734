import type { TenantId } from '../kernel/principal.ts';
import type { UsageRecord } from './usage-fields.ts';

export {
  HOLDS_OF_CALL,
  usageFields,
  usageOutcomes,
  usagePlace,
  type UsageColumns,
  type UsageField,
  type UsageOutcome,
  type UsageRecord,
} from './usage-fields.ts';
export {
  partAfter,
  partId,
  readPart,
  recordAfter,
  usedSoFar,
  type UsagePart,
  type UsedSoFar,
} from './usage-parts.ts';
export {
  decodeUsageLine,
  encodeUsageLine,
  storableRow,
  storedUsageLine,
  type UsageRow,
} from './usage-line.ts';
export {
  rollupFacets,
  rollupOther,
  rollupStart,
  facetOf,
  otherOf,
  type RollupFacet,
  type RollupGrain,
  type RollupKey,
  type UsageRollup,
  type UsageSums,
} from './rollups/rollup.ts';
export { regroup, rollupMark, rollUpUsage, RunningUsage } from './rollups/roll-up-usage.ts';
export {
  addEncodedLatency,
  encodeLatency,
  latencyErrorMax,
  latencyPercentile,
  mergeLatency,
  type LatencyHistogram,
} from './rollups/latency-histogram.ts';

/** What to list; `after` is the id of the last record of the page before (ids sort by time). */
export interface UsageQuery {
  readonly after?: string;
  readonly serviceId?: string;
  /** The first moment, compared with `startedAtMs`. */
  readonly fromMs?: number;
  /** The first moment that is too late. */
  readonly toMs?: number;
  /** Newest first when true. */
  readonly descending: boolean;
  readonly rowsMax: number;
}

/** A user's records among some that follow each other. */
export interface UsageOfUser {
  readonly records: readonly UsageRecord[];
  /** The id of the last record that was looked at; null when there are no more. */
  readonly next: string | null;
}

/** Sums over a tenant's records. */
export interface UsageTotals {
  readonly records: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The smallest id of a moment: ids begin with their time, so a range of ids is a range of time. */
export function firstIdAt(timeMs: number): string {
  return `use_${Math.max(0, timeMs).toString(16).padStart(12, '0')}`;
}

/** A line that can never be stored, and why. */
export interface RefusedLine {
  readonly line: string;
  readonly reason: string;
}

/** Where usage records end up. */
export interface UsageStore {
  /**
   * Writes records in one transaction; a record that is there already is left alone. `lines` are
   * records as `encodeUsageLine` writes them. Resolves with the lines that can never be stored
   * (the others are); rejects, with nothing stored, when trying again later may help.
   */
  insert(lines: Uint8Array): Promise<readonly RefusedLine[]>;
  list(tenant: TenantId, query: UsageQuery): Promise<readonly UsageRecord[]>;
  /**
   * Looks through the `rowsMax` records after an id, the oldest first, for those of a user: so that
   * no statement reads more, however many records others have.
   */
  ofUser(tenant: TenantId, userId: string, after: string, rowsMax: number): Promise<UsageOfUser>;
  totals(tenant: TenantId): Promise<UsageTotals>;
  /** Records of calls that became tasks, with ids after this one, the oldest first. */
  tasks(tenant: TenantId, after: string, rowsMax: number): Promise<readonly UsageRecord[]>;
  /** Those of the ids that there are records of. */
  known(tenant: TenantId, ids: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The durable log every exchange is written to before its answer's last byte leaves. */
export interface UsageLog {
  /**
   * Resolves when the record is durable. Rejects with GatewayError when it cannot be kept:
   * `too_many` when the queue is full, `storage_unavailable` when the disk or the store fails.
   */
  append(record: UsageRecord): Promise<void>;
  /** Moves everything appended so far into the store; rejects when the store refuses. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** A log that is told of calls before they are made. */
export interface AnnouncingLog extends UsageLog {
  /**
   * Resolves when it is durable that a call is about to be made, rejects as `append` does. When the
   * process ends before the call's own record is appended, under the same id, this one is kept.
   */
  announce(record: UsageRecord): Promise<void>;
}
