import {
  accountBalance,
  type AccountChange,
  accountStanding,
} from '../../../src/billing/credits/account-balance.ts';
import {
  creditableRest,
  creditNoteAmount,
  invoiceStanding,
} from '../../../src/billing/invoices/credit-note.ts';

import type { JsonObject } from '../../../src/kernel/json.ts';
import { needExact, onlyFields, readObjects, plainText } from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { CannotExpress, type Vector } from '../vector.ts';

const kinds: Readonly<Record<string, AccountChange['kind']>> = {
  charge: 'charge',
  invoice: 'charge',
  refund: 'refund',
  credit: 'credit',
  payment: 'payment',
  adjust: 'adjustment',
  adjustment: 'adjustment',
  balance: 'balance',
};

function readChanges(events: readonly JsonObject[]): readonly AccountChange[] {
  return events.flatMap((event, index) => {
    onlyFields(event, `events[${index}]`, ...Object.keys(kinds));
    return Object.keys(event).map((name) => ({
      kind: kinds[name] ?? 'charge',
      amount: needExact(event, name, `events[${index}]`),
    }));
  });
}

/** What an account owes after what happened. */
export function accountAnswer({ events, expected }: Vector): Answer {
  const balance = accountBalance(readChanges(events));
  const { due, credit } = accountStanding(balance);
  const rows =
    expected['lines'] === undefined ? [] : readObjects(expected['lines'], 'expected.lines');
  const lines = rows.map((row, index) => {
    const label = plainText(row['label']);
    if (/due|pay/i.test(label)) return due;
    if (/credit|overpaid|left/i.test(label)) return credit;
    if (/balance/i.test(label)) return balance;
    throw new CannotExpress(`expected.lines[${index}].label ${JSON.stringify(label)}`);
  });
  const [only] = lines;
  return { lines, balance, due, credit, total: lines.length === 1 && only ? only : due };
}

/** What is given back of an invoice, and what is open on it. */
export function creditNoteAnswer({ price, events, expected }: Vector): Answer {
  if (events.length > 0) {
    const { due, credit } = invoiceStanding(readChanges(events));
    return { invoice_balance: due, account_credit: credit };
  }
  const given = price ?? {};
  if (given['invoice'] === undefined) {
    onlyFields(given, 'price', 'amount', 'share');
    const amount = creditNoteAmount(
      needExact(given, 'amount', 'price'),
      needExact(given, 'share', 'price'),
    );
    return { lines: [amount], amount, total: { amount, lines: [amount] } };
  }
  onlyFields(given, 'price', 'invoice');
  const invoice = needExact(given, 'invoice', 'price');
  const rows = readObjects(expected['lines'], 'expected.lines');
  // All notes but the last are given; the last one is for what they leave.
  const notes = rows.slice(0, -1).map((row, index) => needExact(row, 'exact', `lines[${index}]`));
  const rest = creditableRest(invoice, notes);
  return { lines: [...notes, rest], total: invoice };
}
