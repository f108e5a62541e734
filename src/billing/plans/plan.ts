import type { UsageOutcome } from '../../metering/store.ts';
import type { RoundingMode } from '../../kernel/exact.ts';
import type { DecimalText, Price } from '../rating/price.ts';
import type { QuantityTransform } from '../rating/quantity-transform.ts';

export type { QuantityTransform } from '../rating/quantity-transform.ts';

/** What a rule counts in one usage record. `custom:…` is a quantity that the tool reports. */
export type BillingUnit =
  | 'call'
  | 'success'
  | 'millisecond'
  | 'byte_in'
  | 'byte_out'
  | 'event'
  | 'stream_minute'
  | 'reported_price'
  | `token:${string}`
  | `custom:${string}`;

/**
 * Which usage a rule is about: every member that is there must match, by one of its texts. In
 * services, tools, methods and values of arguments `*` stands for any run of characters.
 */
export interface RuleMatch {
  /** Slugs. */
  readonly services?: readonly string[];
  /** `{slug}__{tool}`, with the tool's own name. */
  readonly tools?: readonly string[];
  /** Without them `tools/call`, or `subscriptions/listen` for `stream_minute`. */
  readonly methods?: readonly string[];
  readonly outcomes?: readonly UsageOutcome[];
  /** Names of roles, ids of groups and users. */
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  readonly users?: readonly string[];
  /** Values of top-level arguments, as text; the gateway keeps those that a rule names. */
  readonly arguments?: Readonly<Record<string, readonly string[]>>;
  readonly windows?: readonly TimeWindow[];
}

/** A part of the week in a time zone. */
export interface TimeWindow {
  readonly timeZone: string;
  /** ISO 8601: 1 is Monday. */
  readonly weekdays?: readonly number[];
  /** `HH:MM`; the end does not belong to it, and is the next day's when it is not after `from`. */
  readonly from?: string;
  readonly to?: string;
}

/** One line of a price list. */
export interface BillingRule {
  /** Unique in its version. */
  readonly id: string;
  readonly title: string;
  readonly match: RuleMatch;
  readonly unit: BillingUnit;
  readonly transform?: QuantityTransform;
  readonly price: Price;
  /** The outcomes that are paid; without it, what the unit implies. */
  readonly billableOutcomes?: readonly UsageOutcome[];
  /** Among rules that are as specific, the higher one decides. */
  readonly priority: number;
  /** The most that one call may cost, for what is known only afterwards. */
  readonly holdMaximum?: DecimalText;
}

/** A charge of every period: a base fee, seats. */
export interface RecurringCharge {
  readonly id: string;
  readonly title: string;
  readonly amount: DecimalText;
  readonly quantity: DecimalText;
  readonly due: 'in_advance' | 'in_arrears';
  readonly proration: 'none' | 'by_day' | 'by_millisecond';
}

/**
 * What of its services a tenant on a plan may use: whole services, and single tools of others. In
 * both `*` stands for any run of characters.
 */
export interface PlanIncludes {
  /** Slugs. */
  readonly services?: readonly string[];
  /** `{slug}__{tool}`, with the tool's own name. */
  readonly tools?: readonly string[];
}

/** The terms of a plan; once published, a version never changes. */
export interface PlanTerms {
  /** ISO 4217. */
  readonly currency: string;
  readonly period: { readonly unit: 'day' | 'week' | 'month' | 'year'; readonly count: number };
  readonly rules: readonly BillingRule[];
  readonly recurring: readonly RecurringCharge[];
  /** How amounts are printed on invoices. */
  readonly rounding: { readonly mode: RoundingMode; readonly at: 'line' | 'total' };
  /** Prepaid: nothing is let through that credit does not cover. Without it postpaid. */
  readonly payment?: 'prepaid' | 'postpaid';
  /** What else the tenant has does not exist for its callers; without it, all is included. */
  readonly includes?: PlanIncludes;
  /** Whether lists of tools say what their calls cost. */
  readonly showPrices?: boolean;
  /** Whether results say what they cost, as far as it is known by then. */
  readonly showCost?: boolean;
}

/** One numbered text of a plan's terms; it can be edited until it is published. */
export interface PlanVersion {
  readonly id: string;
  readonly planId: string;
  readonly number: number;
  readonly terms: PlanTerms;
  readonly status: 'draft' | 'published';
  readonly publishedAtMs: number | null;
}

/** Which plan a tenant is on, and since when. Its periods are counted from the anchor. */
export interface Subscription {
  readonly tenant: string;
  readonly id: string;
  readonly planVersionId: string;
  readonly startsAtMs: number;
  /** The first moment that is too late; null while it goes on. */
  readonly endsAtMs: number | null;
  readonly anchorMs: number;
  /** An IANA time zone. */
  readonly timeZone: string;
  /** Up to then it is tried for nothing; null or absent when it is paid for from its start. */
  readonly trialEndsAtMs?: number | null;
}
