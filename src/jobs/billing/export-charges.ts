import { limits } from '../../kernel/limits.ts';
import type { LeasedJob } from '../job.ts';

/** Sends charges to other billing systems. */
export function exportCharges(look: LeasedJob['run']): LeasedJob {
  return {
    name: 'billing.export',
    everyMs: limits.exportLookMs,
    runMs: limits.jobRunMs,
    run: look,
  };
}
