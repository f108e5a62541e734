import { fromNano, toNano } from '../../kernel/exact.ts';
import { drawGrants } from '../credits/grant-book.ts';

/** Credit that was bought or given, and what is left of it. */
export interface RemainingCredit {
  readonly id: string;
  readonly remaining: bigint;
  /** The lower one is used first. */
  readonly priority: number;
  readonly expiresAtMs: number | null;
}

/**
 * What is taken of each grant for an amount, in the order of priority, expiry and age. `grants` are
 * in the order in which they were made. One whose time is over counts too: what was lent of it in
 * time is still spent from it.
 */
export function burnCredit(
  grants: readonly RemainingCredit[],
  amount: bigint,
): ReadonlyMap<string, bigint> {
  const open = grants.map(({ id, remaining, priority, expiresAtMs }) => ({
    grant: {
      id,
      amount: fromNano(remaining),
      priority,
      ...(expiresAtMs === null ? {} : { expiresAtMs }),
    },
    remaining: fromNano(remaining),
  }));
  // At no time at all nothing has expired; the order by expiry stays.
  const draw = { amount: fromNano(amount), atMs: Number.NEGATIVE_INFINITY };
  const { taken, shortfall } = drawGrants({ open, overage: fromNano(0n) }, draw);
  if (shortfall.numerator > 0n) throw new RangeError('A wallet bears no more than its grants hold');
  return new Map([...taken].map(([id, part]) => [id, toNano(part)]));
}
