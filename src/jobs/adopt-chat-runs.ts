import { limits } from '../kernel/limits.ts';
import type { LeasedJob } from './job.ts';

/** Goes on with chat runs whose instance died. What each of them writes carries its own fence. */
export function adoptChatRuns(adopt: (signal: AbortSignal) => Promise<void>): LeasedJob {
  return {
    name: 'chat.adopt',
    everyMs: limits.chatAdoptLookMs,
    runMs: limits.jobRunMs,
    run: (_fence, signal) => adopt(signal),
  };
}
