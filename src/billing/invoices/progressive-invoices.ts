import { add, type Exact, exactZero, subtract } from '../../kernel/exact.ts';
import { type AlertThresholds, crossedThresholds } from '../alerts/crossed-thresholds.ts';

/** How much of a period's usage was invoiced before it ended. */
export interface ProgressState {
  /** What usage came to when it was looked at last. */
  readonly usage: Exact;
  readonly invoiced: Exact;
}

/** An invoice that is due now, if one is, and how far the period has come. */
export interface ProgressStep {
  readonly state: ProgressState;
  readonly invoice: Exact | undefined;
}

/** A period in which nothing was used or invoiced. */
export const noProgress: ProgressState = { usage: exactZero, invoiced: exactZero };

/** Invoices all usage so far that was not invoiced, once a threshold is reached or passed. */
export function advanceProgress(
  thresholds: Pick<AlertThresholds, 'values' | 'step'>,
  state: ProgressState,
  usage: Exact,
): ProgressStep {
  const crossed = crossedThresholds({ ...thresholds, direction: 'rising' }, state.usage, usage);
  if (crossed.length === 0) return { state: { ...state, usage }, invoice: undefined };
  return { state: { usage, invoiced: usage }, invoice: subtract(usage, state.invoiced) };
}

/** The last invoice of a period: its usage and other charges, without what was invoiced before. */
export function finalInvoice(state: ProgressState, others: readonly Exact[]): Exact {
  return subtract(others.reduce(add, state.usage), state.invoiced);
}
