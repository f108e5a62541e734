import { fraction, type Exact } from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { BillingRule } from '../plans/plan.ts';
import { advance, openState, stateAt } from '../rating/advance.ts';
import type { MeterState } from '../rating/meter-state.ts';
import type { PriceLines } from '../rating/price-lines.ts';
import { dueAmount, type Meter, type MeterKey } from './meter.ts';

/** Where a counter would stand after one more event. */
export interface MeterStep {
  /** The total, not in lowest terms. */
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** What would have been posted by then. */
  readonly posted: MoneyNano;
  /** The same as a state, where the price itself had to be asked. */
  readonly state: MeterState | undefined;
}

/** What a counter goes by. */
export interface MeterTerms {
  readonly rule: BillingRule;
  /** The rule's price as lines, where it can be drawn. */
  readonly lines: PriceLines | undefined;
  /** See `BookedPeriod`. */
  readonly share: Exact | null;
}

/**
 * A counter while many events move it. Its state is made only when somebody asks for it: between
 * two events nothing is needed but the total and what was posted.
 */
export class RunningMeter {
  readonly #key: MeterKey;
  readonly #terms: MeterTerms;
  #numerator: bigint;
  #denominator: bigint;
  #events: bigint;
  #posted: MoneyNano;
  #state: MeterState | undefined;
  #isMoved = false;

  /** Goes on from a counter of the books, or from the start. */
  constructor(key: MeterKey, terms: MeterTerms, before: Meter | undefined) {
    const state = before?.state ?? openState(terms.rule.price);
    this.#key = key;
    this.#terms = terms;
    this.#numerator = state.quantity.numerator;
    this.#denominator = state.quantity.denominator;
    this.#events = state.events;
    this.#posted = before?.posted ?? 0n;
    this.#state = state;
  }

  get posted(): MoneyNano {
    return this.#posted;
  }

  /** Whether it went anywhere. */
  get isMoved(): boolean {
    return this.#isMoved;
  }

  /** Where one more event would take it. */
  next(quantity: Exact): MeterStep {
    const { rule, lines, share } = this.#terms;
    if (lines !== undefined && share === null) {
      const total = this.#plus(quantity);
      const posted = lines.amountAt(total.numerator, total.denominator);
      if (posted !== undefined) return { ...total, posted, state: undefined };
    }
    const state = advance(rule.price, this.#exactState(), { quantity });
    return { ...state.quantity, posted: dueAmount(rule, state, share), state };
  }

  /** Goes there. */
  take({ numerator, denominator, posted, state }: MeterStep): void {
    this.#numerator = numerator;
    this.#denominator = denominator;
    this.#events += 1n;
    this.#posted = posted;
    this.#state = state;
    this.#isMoved = true;
  }

  /** The counter as it is kept. */
  meter(): Meter {
    return { ...this.#key, state: this.#exactState(), posted: this.#posted };
  }

  #exactState(): MeterState {
    const quantity = fraction(this.#numerator, this.#denominator);
    return (this.#state ??= stateAt(this.#terms.rule.price, quantity, this.#events));
  }

  #plus({ numerator, denominator }: Exact): Exact {
    if (denominator === this.#denominator) {
      return { numerator: this.#numerator + numerator, denominator };
    }
    if (this.#denominator % denominator === 0n) {
      const more = numerator * (this.#denominator / denominator);
      return { numerator: this.#numerator + more, denominator: this.#denominator };
    }
    return fraction(
      this.#numerator * denominator + numerator * this.#denominator,
      this.#denominator * denominator,
    );
  }
}
