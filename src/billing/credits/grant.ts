import type { Exact } from '../../kernel/exact.ts';

/** Credit that was bought or given: money, or units of something. */
export interface Grant {
  readonly id: string;
  readonly amount: Exact;
  /** The lower one is used first; without one, last. */
  readonly priority?: number;
  /** From when on it can be used; at once when it is left out. */
  readonly effectiveAtMs?: number;
  /** The first moment at which it can no longer be used. */
  readonly expiresAtMs?: number;
  /** What it may pay for; everything when it is left out. */
  readonly scope?: readonly string[];
  readonly rollover?: Rollover;
}

/** What is left of a grant when it is filled anew: at least and at most so much. */
export interface Rollover {
  readonly minimum: Exact;
  readonly maximum: Exact;
}

/** A grant and what is left of it, which is never below 0. */
export interface OpenGrant {
  readonly grant: Grant;
  readonly remaining: Exact;
}

/** The grants of one account, in the order in which they were made, and what none of them paid. */
export interface GrantBook {
  readonly open: readonly OpenGrant[];
  readonly overage: Exact;
}
