import type { Check } from './run-suite.ts';

/** Added by the suite to every scenario; alone it does not show that the scenario was exercised. */
const WIRE_CHECK = 'wire-schema-valid';

/** Stands for the checks of a scenario that reported none of its own. */
export const NOT_EXERCISED = 'not-exercised';

/** How one scenario came out. */
export interface Verdict {
  readonly scenario: string;
  readonly isScored: boolean;
  readonly passed: boolean;
  /** Ids of the failed checks, each once. */
  readonly failedChecks: readonly string[];
  readonly messages: readonly string[];
  readonly successes: number;
  readonly warnings: readonly string[];
}

/** Judges a scenario: it passes when something succeeded and nothing failed. */
export function judge(
  scenario: string,
  isScored: boolean,
  checks: readonly Check[] | undefined,
): Verdict {
  const known = checks ?? [];
  const failed = known.filter(({ status }) => status === 'FAILURE');
  const successes = known.filter(({ status }) => status === 'SUCCESS').length;
  const warnings = known.filter(({ status }) => status === 'WARNING').map(({ id }) => id);
  const isExercised = known.some(({ id, status }) => {
    return id !== WIRE_CHECK && (status === 'SUCCESS' || status === 'FAILURE');
  });
  const failedChecks = [...new Set(failed.map(({ id }) => id))].toSorted();
  const messages = failed.map(({ id, errorMessage }) => `${id}: ${errorMessage ?? 'failed'}`);
  if (!isExercised) {
    failedChecks.push(NOT_EXERCISED);
    messages.push(
      checks === undefined ? 'the scenario did not come to its end' : 'every check was skipped',
    );
  }
  const passed = failedChecks.length === 0;
  return { scenario, isScored, passed, failedChecks, messages, successes, warnings };
}
