import { periodAt, type Period } from '../periods/period-at.ts';
import { zoneClock } from '../periods/zone-clock.ts';

/** What counts for a budget: every member that is there must match. */
export interface BudgetScope {
  readonly userId?: string;
  readonly grantId?: string;
  readonly serviceId?: string;
  /** The tool's own name; together with a service. */
  readonly tool?: string;
}

/** How much a tenant allows itself to spend, as its people wrote it. */
export interface BudgetTerms {
  readonly scope: BudgetScope;
  /** ISO 4217; null for a budget in calls. */
  readonly currency: string | null;
  readonly window: 'day' | 'week' | 'month' | 'none';
  /** An IANA time zone, in which windows begin at midnight, weeks on Monday. */
  readonly timeZone: string;
  /** Shares of the limit, in percent, that are told when they are reached. */
  readonly alertPercents: readonly number[];
}

/** A budget as it is kept. */
export interface Budget extends BudgetTerms {
  readonly id: string;
  /** Unique among the tenant's. */
  readonly name: string;
  readonly unit: 'money' | 'calls';
  /** Billionths of a currency unit, or calls; nothing beyond it is let through. */
  readonly limit: bigint;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly version: number;
}

/** As clocks show it: a Monday, and the first of a month. */
const FIRST_DAY = Date.UTC(2024, 0, 1);

/** The window of a budget that a moment lies in; undefined for a budget without windows. */
export function budgetWindow(
  { window, timeZone }: Pick<BudgetTerms, 'window' | 'timeZone'>,
  atMs: number,
): Period | undefined {
  if (window === 'none') return undefined;
  const anchorMs = zoneClock(timeZone).momentOf(FIRST_DAY);
  return periodAt(anchorMs, timeZone, { unit: window, count: 1 }, atMs);
}
