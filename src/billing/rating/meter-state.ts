import type { Exact } from '../../kernel/exact.ts';

/** How far a rule's counter has come in one billing period; what it costs follows from it alone. */
export interface MeterState {
  readonly quantity: Exact;
  /** How many events it was counted from. */
  readonly events: bigint;
  /** What all of that costs, before it is rounded. */
  readonly amount: Exact;
  /**
   * What the events cost one by one, before the terms of the period. Only for a percentage with a
   * maximum or a commitment, whose amount does not follow from the quantity.
   */
  readonly uncapped?: Exact;
}
