import type { RoundingMode } from '../../kernel/exact.ts';

/** An exact decimal as text, such as `0.001`; see `parseExact`. */
export type DecimalText = string;

/** One step of a tiered price. */
export interface Tier {
  /** The last quantity that belongs to it; null for the last tier. */
  readonly upTo: DecimalText | null;
  /** For each unit in it; for each package begun when `packageSize` is set. */
  readonly unitAmount?: DecimalText;
  /** Due once, when the tier is entered. */
  readonly flatAmount?: DecimalText;
  readonly packageSize?: DecimalText;
  /** For quantities that are amounts of money. */
  readonly ratePercent?: DecimalText;
  /** The most that this tier costs, its flat amount included. */
  readonly maximumAmount?: DecimalText;
}

/** What was promised for a period: it is due in any case, and what goes beyond it costs more. */
export interface Commitment {
  /** The amount; or the quantity whose price is the amount. */
  readonly amount?: DecimalText;
  readonly quantity?: DecimalText;
  /** What costs more than the amount is multiplied by it. */
  readonly overageFactor?: DecimalText;
  /** Whether what was not used is due at the end of the period; it is when this is left out. */
  readonly isTruedUp?: boolean;
}

/** What acts on a whole period, around any price. */
export interface PeriodTerms {
  /** Units that cost nothing, taken off first. */
  readonly included?: DecimalText;
  /** The amount that a period costs at least; due when it closes. */
  readonly minimum?: DecimalText;
  /** The amount that a period costs at most. */
  readonly maximum?: DecimalText;
  readonly commitment?: Commitment;
}

/** Due once in a period in which there was anything, however much. */
export interface FlatPrice {
  readonly model: 'flat';
  readonly amount: DecimalText;
}

/** Each unit costs the same. */
export interface UnitPrice {
  readonly model: 'unit';
  readonly unitAmount: DecimalText;
}

/** Units are sold in packages; one begun is paid whole, unless `rounding` says otherwise. */
export interface PackagePrice {
  readonly model: 'package';
  readonly packageSize: DecimalText;
  readonly packageAmount: DecimalText;
  readonly rounding?: RoundingMode;
}

/** Graduated: each unit at the price of its own tier. Volume: all at the price of the last one. */
export interface TieredPrice {
  readonly model: 'graduated' | 'volume';
  readonly tiers: readonly Tier[];
  /** Whether the flat amount of the first tier is due without any usage. */
  readonly firstFlatAtZero?: boolean;
}

/** A part of an amount of money, which is the quantity, event by event. */
export interface PercentagePrice {
  readonly model: 'percentage';
  readonly ratePercent: DecimalText;
  /** Added to each event that is not free. */
  readonly fixedAmount?: DecimalText;
  readonly freeEvents?: DecimalText;
  readonly freeAmount?: DecimalText;
  readonly minimumPerEvent?: DecimalText;
  readonly maximumPerEvent?: DecimalText;
}

/** What a rule costs, as it is kept and shown. */
export type Price = (FlatPrice | UnitPrice | PackagePrice | TieredPrice | PercentagePrice) &
  PeriodTerms;
