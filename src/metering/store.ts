import type { TenantId } from '../kernel/principal.ts';
import type { UsageRecord } from './usage-record.ts';

/** What to list; `after` is the id of the last record of the page before (ids sort by time). */
export interface UsageQuery {
  readonly after?: string;
  readonly serviceId?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Newest first when true. */
  readonly descending: boolean;
  readonly rowsMax: number;
}

/** Sums over a tenant's records. */
export interface UsageTotals {
  readonly records: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Where usage records end up. */
export interface UsageStore {
  /** Writes records in one transaction; a record that is there already is left alone. */
  insert(records: readonly UsageRecord[]): Promise<void>;
  list(tenant: TenantId, query: UsageQuery): Promise<readonly UsageRecord[]>;
  totals(tenant: TenantId): Promise<UsageTotals>;
}

/** The durable log every exchange is written to before its answer's last byte leaves. */
export interface UsageLog {
  /** Resolves when the record is durable. Rejects with GatewayError when it cannot be kept. */
  append(record: UsageRecord): Promise<void>;
  /** Moves everything appended so far into the store. */
  drain(): Promise<void>;
  close(): Promise<void>;
}
