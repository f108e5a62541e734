import type { ApprovalStore } from '../gateway/approvals/store.ts';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { LeasedJob } from './job.ts';

/** Deletes approvals that have been over for long, whoever asked for them. */
export function expireApprovals(
  store: Pick<ApprovalStore, 'deleteAllExpired'>,
  now: () => number,
): LeasedJob {
  return {
    name: 'approvals.expire',
    everyMs: limits.approvalSweepMs,
    runMs: limits.jobRunMs,
    run: async (fence) => {
      const before = { approvalsMs: now() - limits.approvalKeepMs, roundsMs: now() };
      if (await store.deleteAllExpired(before, fence)) return;
      throw new GatewayError('conflict', 'Another instance holds this job.');
    },
  };
}
