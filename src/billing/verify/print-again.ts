import type { BookedInvoice, BookedLine } from './books-source.ts';
import { plus, ratio, readRatio, times, whole, zero } from './ratio.ts';

/** How a plan rounds its invoices. */
interface Rounding {
  readonly mode: 'half_even' | 'half_up' | 'up' | 'down';
  readonly at: 'line' | 'total';
}

/** Checks that lines are printed as they must be, and sum to what is to be paid. */
export function printAgain(
  { lines, currency, total }: BookedInvoice,
  { mode, at }: Rounding,
  tell: (difference: string) => void,
): void {
  const decimals = decimalsOf(lines);
  const units = 10n ** BigInt(decimals);
  const inUnits = (line: BookedLine) => times(readRatio(line.amount), ratio(units));
  const exact = lines.filter(({ kind }) => kind !== 'rounding');
  for (const line of exact) {
    const due = whole(inUnits(line), mode);
    if (due !== printedUnits(line)) tell(`prints ${line.printed} for ${line.amount} ${currency}`);
  }
  const printed = lines.reduce((sum, line) => sum + printedUnits(line), 0n);
  const sum = exact.reduce((all, line) => plus(all, inUnits(line)), zero);
  const rounded = exact.reduce((all, line) => all + whole(inUnits(line), mode), 0n);
  const due = at === 'total' ? whole(sum, mode) : rounded;
  if (printed !== due) tell(`has lines of ${printed} smallest units, and comes to ${due}`);
  if (total * units !== due * 1_000_000_000n) tell(`asks for ${total}, and comes to ${due} units`);
}

/** Every line has as many decimals as the smallest unit of the currency. */
function decimalsOf(lines: readonly BookedLine[]): number {
  const printed = lines[0]?.printed ?? '0';
  const dot = printed.indexOf('.');
  return dot < 0 ? 0 : printed.length - dot - 1;
}

function printedUnits({ printed }: BookedLine): bigint {
  return BigInt(printed.replace('.', ''));
}
