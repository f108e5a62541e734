import type { SpendSample } from '../alerts/unusual-spend.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { TenantId } from '../../kernel/principal.ts';

export { unusualSpend, type SpendSample, type UnusualSpendTerms } from '../alerts/unusual-spend.ts';

/** What sums can be by; a day is one of UTC, `2026-01-31`. */
export const costGroups = ['service', 'tool', 'user', 'key', 'session', 'day', 'rule'] as const;

/** One of them. */
export type CostGroup = (typeof costGroups)[number];

/** What to sum up: from the first moment to the first that is too late, epoch milliseconds. */
export interface SumQuery {
  readonly fromMs: number;
  readonly toMs: number;
  readonly by: CostGroup;
  readonly rowsMax: number;
}

/** What charges of one group come to in one currency. */
export interface CostSum {
  /** An id, a day, `{service id}__{tool}`; null for what is not due to any one of them. */
  readonly group: string | null;
  readonly currency: string;
  readonly charges: number;
  readonly amount: MoneyNano;
  /** Whether a part of it is of a period that is still open, and may change. */
  readonly isProvisional: boolean;
}

/** What was used in one group. */
export interface UsageSum {
  readonly group: string | null;
  readonly records: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

/** Sums of what was charged and used. */
export interface CostStore {
  /** Of charges made in the time, the largest first; days in their order. */
  costs(tenant: TenantId, query: SumQuery): Promise<readonly CostSum[]>;
  /** Of exchanges that began in the time, the most records first; days in their order. */
  usage(tenant: TenantId, query: SumQuery): Promise<readonly UsageSum[]>;
  /** Of the hour that ends at this moment and of the seven days before it, by currency. */
  recentSpend(
    tenant: TenantId,
    nowMs: number,
  ): Promise<readonly (SpendSample & { readonly currency: string })[]>;
}
