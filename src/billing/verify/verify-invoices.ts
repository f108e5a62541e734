import type { BookedCharge, BookedInvoice, BooksSource } from './books-source.ts';
import { printAgain } from './print-again.ts';
import { inNano, per, plus, ratio, readRatio, times, zero } from './ratio.ts';

/** Kinds of transactions that invoices post beside their charges. */
const INVOICED = new Set(['invoice', 'credit_note', 'invoice_void']);

type Tell = (difference: string) => void;

/**
 * Checks invoices against the charges: what is on each, its taxes, its rounding, what it and its
 * credit notes have posted.
 */
export async function verifyInvoices(
  source: BooksSource,
  charges: readonly BookedCharge[],
  tell: Tell,
): Promise<void> {
  const groups = Map.groupBy(charges, groupOf);
  const due = new Map<string, bigint>();
  for await (const invoice of source.invoices()) {
    const about = (text: string) => tell(`Invoice ${invoice.number ?? invoice.id} ${text}.`);
    checkCharges(invoice, groups, about);
    checkTaxes(invoice, about);
    const subscription = source.subscriptions.find(({ id }) => id === invoice.subscriptionId);
    const rounding = source.terms.get(subscription?.planVersionId ?? '')?.rounding;
    if (rounding === undefined) about('is of no plan');
    else printAgain(invoice, rounding, about);
    addPostings(invoice, due, about);
  }
  for await (const { kind, entries } of source.transactions()) {
    if (!INVOICED.has(kind)) continue;
    for (const { accountId, amount } of entries) addTo(due, accountId, -amount);
  }
  for (const [account, rest] of due) {
    if (rest !== 0n) tell(`Invoices have posted ${-rest} billionths too much to ${account}.`);
  }
}

/** Which invoice a charge can be on. */
function groupOf({ kind, gateKey, unit, seq, subscriptionId, periodStartMs }: BookedCharge) {
  if (kind === 'discount') return gateKey;
  const part = unit === 'recurring' && seq === 0 ? 'advance' : 'arrears';
  return JSON.stringify([subscriptionId, periodStartMs, part]);
}

/** What is on an invoice is what was charged, rule by rule; each charge is on one. */
function checkCharges(
  { id, parts, lines, charges }: BookedInvoice,
  groups: Map<string, BookedCharge[]>,
  tell: Tell,
): void {
  const places = parts.map(({ subscriptionId, periodStartMs, part }) =>
    JSON.stringify([subscriptionId, periodStartMs, part]),
  );
  const open = new Map<string, bigint>();
  for (const place of [...places, `invoice:${id}`]) {
    for (const { ruleId, amount } of groups.get(place) ?? []) addTo(open, ruleId, amount);
    groups.delete(place);
  }
  const charged = [...open.values()].reduce((sum, amount) => sum + amount, 0n);
  if (charged !== charges) tell(`is of charges of ${charges} billionths, and there are ${charged}`);
  for (const { kind, ruleId, amount } of lines) {
    if (!['tax', 'rounding', 'credit'].includes(kind)) {
      addTo(open, ruleId, -inNano(readRatio(amount)));
    }
  }
  for (const [ruleId, rest] of open) {
    if (rest !== 0n) tell(`misses ${rest} billionths of ${ruleId}`);
  }
}

function checkTaxes({ lines, charges, credit, tax }: BookedInvoice, tell: Tell): void {
  const net = charges > credit ? charges - credit : 0n;
  let sum = 0n;
  for (const { kind, ruleId, quantity, amount } of lines) {
    if (kind !== 'tax') continue;
    const percent = per(readRatio(quantity ?? '0'), ratio(100n));
    const due = inNano(times(ratio(net, 1_000_000_000n), percent));
    sum += due;
    if (inNano(readRatio(amount)) !== due) tell(`has ${amount} as ${ruleId}, which is ${due}`);
  }
  if (sum !== tax) tell(`is said to have taxes of ${tax} billionths, its lines have ${sum}`);
  const credits = lines.filter(({ kind }) => kind === 'credit');
  const paid = credits.reduce((all, { amount }) => plus(all, readRatio(amount)), zero);
  if (inNano(paid) !== -credit) tell(`is said to be paid from credit by ${credit} billionths`);
}

/** What an invoice must have posted: beside its charges, by its notes, and when it became void. */
function addPostings(invoice: BookedInvoice, due: Map<string, bigint>, tell: Tell): void {
  const { status, currency, charges, credit, tax, total, notes, finalAtMs } = invoice;
  const post = (receivable: bigint, taxes: bigint): void => {
    addTo(due, `receivable:${currency}`, receivable);
    addTo(due, `tax:${currency}`, -taxes);
    addTo(due, `adjustment:${currency}`, taxes - receivable);
  };
  const isNumbered = finalAtMs !== null;
  if (isNumbered) post(total + credit - charges, tax);
  const given = notes.reduce((sum, note) => sum + note.total, 0n);
  const givenTax = notes.reduce((sum, note) => sum + note.tax, 0n);
  post(-given, -givenTax);
  if (given > 0n && given > total + credit) tell(`was given back by ${given}, more than it is`);
  if (status !== 'void') return;
  if (isNumbered) post(given - total - credit, givenTax - tax);
  else post(-charges, 0n);
}

function addTo(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}
