import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { ToolUseStore } from '../tool-search/store.ts';
import type { LeasedJob } from './job.ts';

/** Deletes what searches learnt long ago and nobody confirmed since. */
export function expireToolUses(
  store: Pick<ToolUseStore, 'deleteExpired'>,
  now: () => number,
): LeasedJob {
  return {
    name: 'tool-uses.expire',
    everyMs: limits.toolUseSweepMs,
    runMs: limits.jobRunMs,
    run: async (fence) => {
      if (await store.deleteExpired(now() - limits.learntUseMs, fence)) return;
      throw new GatewayError('conflict', 'Another instance holds this job.');
    },
  };
}
