import type { TimeRange } from '../../../../billing/statements/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { fieldProblem } from '../../framework/problem.ts';

const DAY_MS = 86_400_000;
const DEFAULT_RANGE_MS = 30 * DAY_MS;

/** What the times of a request stand for: the last 30 days unless they say otherwise. */
export function timeRange(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  nowMs: number,
): TimeRange {
  // The moment itself belongs to it: what happened a moment ago is there.
  const toMs = to ?? nowMs + 1;
  const fromMs = from ?? toMs - DEFAULT_RANGE_MS;
  if (fromMs >= toMs) {
    const fix = 'Give a moment after `from`.';
    throw fieldProblem([{ field: 'to', problem: 'is not after from', fix }]);
  }
  if (toMs - fromMs > limits.billingRangeDaysMax * DAY_MS) {
    const fix = `Ask for at most ${limits.billingRangeDaysMax} days at once.`;
    throw fieldProblem([{ field: 'from', problem: 'is too long before to', fix }]);
  }
  return { fromMs, toMs };
}
