import {
  add,
  compare,
  type Exact,
  exactZero,
  greatest,
  least,
  subtract,
} from '../../kernel/exact.ts';
import type { Grant, GrantBook, OpenGrant, Rollover } from './grant.ts';

/** A charge that grants may pay. */
export interface Draw {
  readonly amount: Exact;
  readonly atMs: number;
  /** What it is for, as in a grant's scope. */
  readonly scope?: string;
}

/** Who paid how much of a charge; the grants that paid nothing are left out. */
export interface Drawn {
  readonly book: GrantBook;
  readonly taken: ReadonlyMap<string, Exact>;
  readonly shortfall: Exact;
}

/** What became worthless, by the ids of the grants. */
export interface Expired {
  readonly book: GrantBook;
  readonly expired: ReadonlyMap<string, Exact>;
}

/** A book without grants. */
export const emptyBook: GrantBook = { open: [], overage: exactZero };

/** Adds a grant, full. Throws RangeError when its id is taken or its amount is below 0. */
export function addGrant(book: GrantBook, grant: Grant): GrantBook {
  if (compare(grant.amount, exactZero) < 0) throw new RangeError('A grant is not below 0');
  if (book.open.some(({ grant: { id } }) => id === grant.id)) {
    throw new RangeError(`There is a grant with the id ${JSON.stringify(grant.id)} already`);
  }
  return { ...book, open: [...book.open, { grant, remaining: grant.amount }] };
}

/**
 * Pays a charge from the grants that are usable at its time: the lowest priority first, of equal
 * ones the one that expires first, then the one that was made first. What they do not cover is the
 * shortfall, which is kept as overage. Throws RangeError for a charge below 0.
 */
export function drawGrants(book: GrantBook, { amount, atMs, scope }: Draw): Drawn {
  if (compare(amount, exactZero) < 0) throw new RangeError('A charge is not below 0');
  const taken = new Map<string, Exact>();
  let rest = amount;
  for (const { grant, remaining } of book.open.filter(isUsable(atMs, scope)).toSorted(byOrder)) {
    const part = least(rest, remaining);
    if (part.numerator > 0n) taken.set(grant.id, part);
    rest = subtract(rest, part);
  }
  const open = book.open.map((one) => reduceGrant(one, taken.get(one.grant.id)));
  return { book: { open, overage: add(book.overage, rest) }, taken, shortfall: rest };
}

/** Empties the grants whose time is over. A grant cannot be used then, whether this ran or not. */
export function expireGrants(book: GrantBook, atMs: number): Expired {
  const expired = new Map<string, Exact>();
  const open = book.open.map((one): OpenGrant => {
    if (!isOver(one.grant, atMs) || one.remaining.numerator === 0n) return one;
    expired.set(one.grant.id, one.remaining);
    return { ...one, remaining: exactZero };
  });
  return { book: { ...book, open }, expired };
}

/** Takes what is left of a grant away. Throws RangeError when there is none with this id. */
export function voidGrant(book: GrantBook, id: string): GrantBook {
  return replaceRemaining(book, id, () => exactZero);
}

/**
 * Fills a grant anew at the start of its next period. Without a rollover it is full again, with one
 * it holds what was left, within the rollover's limits. `keepsOverage` takes what nobody paid off
 * the new content first; otherwise it is forgiven.
 */
export function renewGrant(book: GrantBook, id: string, keepsOverage: boolean): GrantBook {
  let overage = keepsOverage ? book.overage : exactZero;
  const renewed = replaceRemaining(book, id, ({ grant, remaining }) => {
    const filled =
      grant.rollover === undefined ? grant.amount : rollOver(grant.rollover, remaining);
    const paid = least(filled, overage);
    overage = subtract(overage, paid);
    return subtract(filled, paid);
  });
  return { ...renewed, overage };
}

/** What of a remainder is taken over into the next period. */
export function rollOver({ minimum, maximum }: Rollover, remaining: Exact): Exact {
  return least(greatest(remaining, minimum), maximum);
}

/** What all grants that are usable at a moment hold together. */
export function usableBalance({ open }: GrantBook, atMs: number, scope?: string): Exact {
  return open
    .filter(isUsable(atMs, scope))
    .reduce((sum, { remaining }) => add(sum, remaining), exactZero);
}

function isUsable(atMs: number, scope: string | undefined): (one: OpenGrant) => boolean {
  return ({ grant }) =>
    (grant.effectiveAtMs ?? -Infinity) <= atMs &&
    !isOver(grant, atMs) &&
    (grant.scope === undefined || (scope !== undefined && grant.scope.includes(scope)));
}

function isOver({ expiresAtMs }: Grant, atMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= atMs;
}

/** Grants are sorted stably, so equal ones stay in the order in which they were made. */
function byOrder({ grant: one }: OpenGrant, { grant: other }: OpenGrant): number {
  const [priority, otherPriority] = [one.priority ?? Infinity, other.priority ?? Infinity];
  if (priority !== otherPriority) return priority < otherPriority ? -1 : 1;
  const [end, otherEnd] = [one.expiresAtMs ?? Infinity, other.expiresAtMs ?? Infinity];
  if (end === otherEnd) return 0;
  return end < otherEnd ? -1 : 1;
}

function reduceGrant(one: OpenGrant, part: Exact | undefined): OpenGrant {
  return part === undefined ? one : { ...one, remaining: subtract(one.remaining, part) };
}

function replaceRemaining(
  book: GrantBook,
  id: string,
  change: (one: OpenGrant) => Exact,
): GrantBook {
  if (!book.open.some(({ grant }) => grant.id === id)) {
    throw new RangeError(`No grant with the id ${JSON.stringify(id)}`);
  }
  const open = book.open.map((one) =>
    one.grant.id === id ? { ...one, remaining: change(one) } : one,
  );
  return { ...book, open };
}
