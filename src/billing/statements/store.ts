import type { MoneyNano } from '../../kernel/money.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** From the first moment to the first that is too late, epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What came together in one currency. */
export interface CurrencyAmount {
  /** ISO 4217. */
  readonly currency: string;
  readonly amount: MoneyNano;
}

/** What was used. */
export interface UsedSum {
  readonly records: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

/** What one grant of a user used, and what that was charged. */
export interface GrantStatement extends UsedSum {
  readonly grantId: string;
  readonly charged: readonly CurrencyAmount[];
}

/**
 * What was used in a time and what it was charged, whenever that was: a charge belongs to the time
 * of the usage it is for, one without usage to the start of its period.
 */
export interface StatementStore {
  /** Of exchanges of a tenant. */
  used(tenant: TenantId, range: TimeRange): Promise<UsedSum>;
  /** Of a tenant, by currency. */
  charged(tenant: TenantId, range: TimeRange): Promise<readonly CurrencyAmount[]>;
  /** Of a user, by what let it in; the most records first. */
  ofUser(
    tenant: TenantId,
    userId: string,
    range: TimeRange,
    rowsMax: number,
  ): Promise<readonly GrantStatement[]>;
}
