import { formatExact, fromNano } from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { ChargeKind } from '../charging/charge.ts';
import type { Period } from '../periods/period-at.ts';
import type { PlanTerms } from '../plans/plan.ts';
import type { InvoiceLine, InvoiceLineKind } from './invoice.ts';

/** Charges of one kind, rule and service period, added up. */
export interface ChargeSum {
  readonly ruleId: string;
  readonly unit: string;
  readonly kind: ChargeKind;
  /** The period that it is billed in, and the one it was used in. */
  readonly periodStartMs: number;
  readonly servicePeriodStartMs: number;
  readonly count: number;
  readonly amount: MoneyNano;
}

/** What the lines of an invoice are made from. */
export interface LineSource {
  readonly terms: PlanTerms;
  readonly sums: readonly ChargeSum[];
  /** What each rule counted in the billed period, where nothing of it is billed elsewhere. */
  readonly quantities: ReadonlyMap<string, string>;
  /** Titles of one-off charges, by their rules. */
  readonly oneOffTitles: ReadonlyMap<string, string>;
  /** The time of use that a line about the period from `startMs` on names. */
  spanOf(startMs: number): Period;
}

/** A line that is not printed yet. */
export type OpenLine = Omit<InvoiceLine, 'amount' | 'printed'> & { readonly amount: MoneyNano };

const order: readonly InvoiceLineKind[] = [
  'recurring',
  'usage',
  'trial',
  'late',
  'correction',
  'one_off',
  'discount',
];

/** The lines of an invoice before discounts: one for each rule and period of use. */
export function chargeLines(source: LineSource): readonly OpenLine[] {
  const groups = Map.groupBy(source.sums, (sum) =>
    JSON.stringify([lineKind(sum), sum.ruleId, sum.servicePeriodStartMs]),
  );
  const lines = [...groups.values()].map((sums) => lineOf(sums, source));
  return lines.toSorted(byPlace);
}

function byPlace(one: OpenLine, other: OpenLine): number {
  return (
    order.indexOf(one.kind) - order.indexOf(other.kind) ||
    (one.servicePeriodStartMs ?? 0) - (other.servicePeriodStartMs ?? 0) ||
    byText(one.title, other.title) ||
    byText(one.ruleId, other.ruleId)
  );
}

function byText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** What is posted in billionths, as a decimal. */
export function nanoText(amount: MoneyNano): string {
  return formatExact(fromNano(amount));
}

function lineOf(sums: readonly ChargeSum[], source: LineSource): OpenLine {
  const [first] = sums as readonly [ChargeSum];
  const { ruleId, unit, servicePeriodStartMs } = first;
  const kind = lineKind(first);
  const span = source.spanOf(servicePeriodStartMs);
  return {
    kind,
    ruleId,
    title: titleOf(ruleId, source),
    unit,
    quantity: quantityOf(kind, ruleId, source),
    count: sums.reduce((total, { count }) => total + count, 0),
    servicePeriodStartMs: kind === 'one_off' ? null : span.startMs,
    servicePeriodEndMs: kind === 'one_off' ? null : span.endMs,
    amount: sums.reduce((total, { amount }) => total + amount, 0n),
  };
}

function lineKind({ kind, periodStartMs, servicePeriodStartMs }: ChargeSum): InvoiceLineKind {
  switch (kind) {
    case 'usage':
    case 'period_open':
    case 'period_close':
      return 'usage';
    case 'void':
      return periodStartMs === servicePeriodStartMs ? 'usage' : 'correction';
    default:
      return kind;
  }
}

function titleOf(ruleId: string, { terms, oneOffTitles }: LineSource): string {
  const oneOff = oneOffTitles.get(ruleId);
  if (oneOff !== undefined) return oneOff;
  const rule = terms.rules.find(({ id }) => id === ruleId);
  const recurring = terms.recurring.find(({ id }) => ruleId === `recurring:${id}`);
  return rule?.title ?? recurring?.title ?? ruleId;
}

function quantityOf(kind: InvoiceLineKind, ruleId: string, source: LineSource): string | null {
  if (kind === 'usage') return source.quantities.get(ruleId) ?? null;
  if (kind !== 'recurring') return null;
  return source.terms.recurring.find(({ id }) => ruleId === `recurring:${id}`)?.quantity ?? null;
}
