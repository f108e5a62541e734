import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  add,
  compare,
  type Exact,
  exactZero,
  formatExact,
  fraction,
  parseExact,
  subtract,
} from '../../kernel/exact.ts';
import { accountBalance, accountStanding } from './account-balance.ts';
import {
  addGrant,
  drawGrants,
  emptyBook,
  expireGrants,
  renewGrant,
  usableBalance,
  voidGrant,
} from './grant-book.ts';
import type { Grant, GrantBook } from './grant.ts';
import { creditsFor, priceOfCredits } from './price-of-credits.ts';

const grant = (id: string, amount: string, others: Partial<Grant> = {}): Grant => ({
  id,
  amount: parseExact(amount),
  ...others,
});
const bookOf = (...grants: readonly Grant[]): GrantBook => grants.reduce(addGrant, emptyBook);
const draw = (book: GrantBook, amount: string, atMs: number, scope?: string) =>
  drawGrants(book, {
    amount: parseExact(amount),
    atMs,
    ...(scope === undefined ? {} : { scope }),
  });
const takenBy = (taken: ReadonlyMap<string, Exact>): Record<string, string> =>
  Object.fromEntries([...taken].map(([id, amount]) => [id, formatExact(amount)]));
const left = ({ open }: GrantBook): readonly string[] =>
  open.map(({ remaining }) => formatExact(remaining));

describe('grants', () => {
  test('are used by priority, then by what expires first, then in the order they were made', () => {
    const book = bookOf(
      grant('last', '10'),
      grant('soonest', '10', { priority: 2, expiresAtMs: 5 }),
      grant('later', '10', { priority: 1, expiresAtMs: 9 }),
      grant('sooner', '10', { priority: 1, expiresAtMs: 8 }),
      grant('same', '10', { priority: 1, expiresAtMs: 9 }),
    );
    const { taken, shortfall, book: after } = draw(book, '45', 1);
    assert.deepEqual(Object.keys(takenBy(taken)), ['sooner', 'later', 'same', 'soonest', 'last']);
    assert.deepEqual([left(after), formatExact(shortfall)], [['5', '0', '0', '0', '0'], '0']);
  });

  test('are good from when they take effect until just before they expire', () => {
    const book = bookOf(grant('a', '10', { effectiveAtMs: 5, expiresAtMs: 10 }));
    const taken = [4, 5, 9, 10].map((at) => takenBy(draw(book, '1', at).taken));
    assert.deepEqual(taken, [{}, { a: '1' }, { a: '1' }, {}]);
    assert.deepEqual(takenBy(expireGrants(book, 9).expired), {});
    const { book: after, expired } = expireGrants(book, 10);
    assert.deepEqual([takenBy(expired), left(after)], [{ a: '10' }, ['0']]);
    assert.equal(expireGrants(after, 11).expired.size, 0);
  });

  test('pay only for what is in their scope', () => {
    const book = bookOf(grant('calls', '10', { scope: ['call'] }), grant('all', '3'));
    assert.deepEqual(takenBy(draw(book, '5', 0, 'call').taken), { calls: '5' });
    const { taken, shortfall } = draw(book, '5', 0, 'seat');
    assert.deepEqual([takenBy(taken), formatExact(shortfall)], [{ all: '3' }, '2']);
    assert.deepEqual(takenBy(draw(book, '5', 0).taken), { all: '3' });
    assert.equal(formatExact(usableBalance(book, 0, 'call')), '13');
  });

  test('lose what is left when they are voided; later use is overage', () => {
    const book = voidGrant(draw(bookOf(grant('a', '100')), '50', 0).book, 'a');
    const after = draw(book, '50', 1).book;
    assert.deepEqual([left(after), formatExact(after.overage)], [['0'], '50']);
    assert.throws(() => voidGrant(book, 'b'), /No grant with the id "b"/);
  });

  test('are filled anew less the overage, which is forgiven where it is not kept', () => {
    const used = draw(bookOf(grant('a', '100')), '120', 0).book;
    const kept = renewGrant(used, 'a', true);
    assert.deepEqual([left(kept), formatExact(kept.overage)], [['80'], '0']);
    assert.deepEqual(left(renewGrant(used, 'a', false)), ['100']);
    const deep = renewGrant(draw(bookOf(grant('a', '100')), '250', 0).book, 'a', true);
    assert.deepEqual([left(deep), formatExact(deep.overage)], [['0'], '50']);
  });

  test('roll over what was left between a minimum and a maximum', () => {
    const rollover = { minimum: parseExact('20'), maximum: parseExact('50') };
    const after = (use: string): readonly string[] =>
      left(renewGrant(draw(bookOf(grant('a', '100', { rollover })), use, 0).book, 'a', true));
    assert.deepEqual(['10', '70', '95', '105'].map(after), [['50'], ['30'], ['20'], ['15']]);
  });

  test('refuse amounts below 0 and ids that are taken', () => {
    assert.throws(() => addGrant(emptyBook, grant('a', '-1')), /not below 0/);
    assert.throws(() => bookOf(grant('a', '1'), grant('a', '1')), /already/);
    assert.throws(() => draw(emptyBook, '-1', 0), /not below 0/);
  });

  test('never fall below 0, and lose no amount', () => {
    const amount = fc.bigInt(0n, 1000n).map((units) => fraction(units, 7n));
    const time = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined });
    const grants = fc.array(fc.record({ amount, effectiveAtMs: time, expiresAtMs: time }));
    const charges = fc.array(fc.record({ amount, atMs: fc.integer({ min: 0, max: 20 }) }));
    fc.assert(
      fc.property(grants, charges, (made, asked) => {
        let book = made.reduce(
          (all, one, index) => addGrant(all, { ...one, id: `${index}` } as Grant),
          emptyBook,
        );
        for (const charge of asked) {
          const { taken, shortfall, book: after } = drawGrants(book, charge);
          const paid = [...taken.values()].reduce(add, exactZero);
          assert.deepEqual(add(paid, shortfall), charge.amount);
          const sum = ({ open }: GrantBook): Exact =>
            open.reduce((total, { remaining }) => add(total, remaining), exactZero);
          assert.deepEqual(subtract(sum(book), sum(after)), paid);
          assert.ok(after.open.every(({ remaining }) => compare(remaining, exactZero) >= 0));
          book = after;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('credits and accounts', () => {
  test('a credit has a price, and an amount buys credits', () => {
    const price = parseExact('0.008');
    assert.equal(formatExact(creditsFor(parseExact('1'), price)), '125');
    assert.equal(formatExact(priceOfCredits(parseExact('500'), price)), '4');
    assert.throws(() => creditsFor(parseExact('1'), parseExact('0')), /above 0/);
    assert.throws(() => priceOfCredits(parseExact('1'), parseExact('-1')), /above 0/);
  });

  test('an account owes what was charged and not paid, or has credit', () => {
    const standing = (
      ...changes: readonly ['charge' | 'payment' | 'refund' | 'credit', string][]
    ) => {
      const { due, credit } = accountStanding(
        accountBalance(changes.map(([kind, text]) => ({ kind, amount: parseExact(text) }))),
      );
      return [formatExact(due), formatExact(credit)];
    };
    assert.deepEqual(standing(['credit', '20'], ['charge', '100']), ['80', '0']);
    assert.deepEqual(standing(['charge', '100'], ['payment', '130']), ['0', '30']);
    assert.deepEqual(standing(['payment', '30'], ['refund', '30']), ['0', '0']);
  });
});
