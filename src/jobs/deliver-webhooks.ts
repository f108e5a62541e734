import { limits } from '../kernel/limits.ts';
import type { Fence } from '../kernel/fence.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { WebhookStore } from '../webhooks/store.ts';
import type { LeasedJob } from './job.ts';

/** Starts what is due to be sent to webhooks; `look` waits for none of it. */
export function deliverWebhooks(look: LeasedJob['run']): LeasedJob {
  return {
    name: 'webhooks.deliver',
    everyMs: limits.webhookLookMs,
    runMs: limits.jobRunMs,
    run: look,
  };
}

/** Lets go of deliveries that ended long ago. */
export function sweepWebhooks(store: Pick<WebhookStore, 'sweep'>, now: () => number): LeasedJob {
  return {
    name: 'webhooks.sweep',
    everyMs: limits.webhookSweepMs,
    runMs: limits.jobRunMs,
    run: async (fence: Fence, signal) => {
      for (let hasMore: boolean | undefined = true; hasMore && !signal.aborted;) {
        const nowMs = now();
        const sweep = {
          deliveredBeforeMs: nowMs - limits.webhookDeliveredKeptMs,
          deadBeforeMs: nowMs - limits.webhookDeadKeptMs,
          rowsMax: limits.webhookSweepRowsMax,
        };
        hasMore = await store.sweep(sweep, fence);
        if (hasMore === undefined) {
          throw new GatewayError('conflict', 'Another instance holds this job.');
        }
      }
    },
  };
}
