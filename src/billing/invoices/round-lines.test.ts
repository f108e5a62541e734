import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { formatExact, fraction, parseExact } from '../../kernel/exact.ts';
import { creditableRest, creditNoteAmount, invoiceStanding } from './credit-note.ts';
import { advanceProgress, finalInvoice, noProgress } from './progressive-invoices.ts';
import { roundLines } from './round-lines.ts';

describe('an invoice', () => {
  const thirds = ['10.333333', '10.333333', '10.333333'].map(parseExact);

  test('sums its rounded lines, or says in a line what they miss', () => {
    const byLine = roundLines(thirds, 2, { mode: 'half_even', at: 'line' });
    assert.deepEqual([byLine.total, byLine.roundingLine], [3099n, 0n]);
    const byTotal = roundLines(thirds, 2, { mode: 'half_even', at: 'total' });
    assert.deepEqual([byTotal.total, byTotal.roundingLine], [3100n, 1n]);
  });

  test('always sums to its total', () => {
    const amount = fc.bigInt(-10_000n, 10_000n).map((units) => fraction(units, 700n));
    const mode = fc.constantFrom('half_even', 'half_up', 'up', 'down');
    fc.assert(
      fc.property(fc.array(amount), mode, fc.constantFrom('line', 'total'), (lines, how, at) => {
        const rounded = roundLines(lines, 2, { mode: how, at });
        const sum = rounded.lines.reduce((total, line) => total + line, 0n);
        assert.equal(sum + rounded.roundingLine, rounded.total);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a credit note', () => {
  test('gives back the unused share, never more than all', () => {
    const note = creditNoteAmount(parseExact('200'), parseExact('29/30'));
    assert.equal(formatExact(note), '580/3');
    for (const share of ['-1/30', '31/30']) {
      assert.throws(() => creditNoteAmount(parseExact('200'), parseExact(share)), /from 0 to 1/);
    }
  });

  test('leaves the rest of its invoice for others', () => {
    const invoice = parseExact('769');
    assert.equal(formatExact(creditableRest(invoice, [parseExact('726.86')])), '42.14');
    assert.throws(() => creditableRest(invoice, [parseExact('770')]), /not more than/);
  });

  test('lowers what is due, and becomes credit on an invoice that was paid', () => {
    const standing = (...amounts: readonly string[]): readonly string[] => {
      const kinds = ['charge', 'adjustment', 'payment', 'refund'] as const;
      const changes = amounts.map((text, index) => ({
        kind: kinds[index] ?? 'charge',
        amount: parseExact(text),
      }));
      const { due, credit } = invoiceStanding(changes);
      return [formatExact(due), formatExact(credit)];
    };
    assert.deepEqual(standing('100', '-10'), ['90', '0']);
    assert.deepEqual(standing('100', '-10', '100'), ['0', '10']);
    assert.deepEqual(standing('100', '-10', '100', '10'), ['0', '0']);
  });
});

describe('invoices before the end of a period', () => {
  test('are for all usage that was not invoiced, and the last one for the rest', () => {
    const thresholds = { values: ['200', '500'].map(parseExact) };
    const usages = ['150', '200', '600', '650'];
    const found: (string | undefined)[] = [];
    let state = noProgress;
    for (const usage of usages) {
      const step = advanceProgress(thresholds, state, parseExact(usage));
      found.push(step.invoice === undefined ? undefined : formatExact(step.invoice));
      state = step.state;
    }
    assert.deepEqual(found, [undefined, '200', '400', undefined]);
    assert.equal(formatExact(finalInvoice(state, [parseExact('31')])), '81');
  });
});
