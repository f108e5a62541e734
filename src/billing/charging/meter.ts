import { formatExact, fraction, parseExact, toNano, type Exact } from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { Period } from '../periods/period-at.ts';
import type { BillingRule, Subscription } from '../plans/plan.ts';
import { closeAmount } from '../rating/advance.ts';
import type { MeterState } from '../rating/meter-state.ts';
import { paidPart } from './paid-part.ts';

/** Which counter: that of a rule in one period of a subscription. */
export interface MeterKey {
  readonly subscriptionId: string;
  readonly ruleId: string;
  readonly periodStartMs: number;
}

/** A counter as it is kept, and the sum of what was posted for it. */
export interface Meter extends MeterKey {
  readonly state: MeterState;
  readonly posted: MoneyNano;
}

/** A period as it is kept; `share` is how much of a whole one it lasted, null while it is open. */
export interface BookedPeriod extends Period {
  readonly subscriptionId: string;
  readonly share: Exact | null;
}

/** One text for a counter. */
export function meterMark({ subscriptionId, ruleId, periodStartMs }: MeterKey): string {
  return JSON.stringify([subscriptionId, ruleId, periodStartMs]);
}

/** One text for a period. */
export function periodMark(subscriptionId: string, startMs: number): string {
  return JSON.stringify([subscriptionId, startMs]);
}

/** What a counter has to have posted: what it costs, and once its period is closed the rest too. */
export function dueAmount({ price }: BillingRule, state: MeterState, share: Exact | null) {
  return toNano(share === null ? state.amount : closeAmount(price, state, share));
}

/** How much of a whole period a subscription is paid for, by milliseconds. */
export function shareOf(subscription: Subscription, { startMs, endMs }: Period): Exact {
  const part = paidPart(subscription, { startMs, endMs });
  return fraction(BigInt(part.endMs - part.startMs), BigInt(endMs - startMs));
}

/** Writes a counter's state as text. */
export function encodeState({ events, ...exact }: MeterState): string {
  const texts = Object.entries(exact).map(([name, value]) => [name, formatExact(value)]);
  return JSON.stringify({ ...Object.fromEntries(texts), events: events.toString() });
}

/** Reads what `encodeState` wrote. */
export function decodeState(text: string): MeterState {
  const { events, ...texts } = JSON.parse(text) as Readonly<Record<string, string>>;
  const exact = Object.entries(texts).map(([name, value]) => [name, parseExact(value)]);
  return { ...Object.fromEntries(exact), events: BigInt(events ?? '') } as MeterState;
}
