import type { Approval, ApprovalDecision, ApprovalEnds } from '../../../gateway/approvals/store.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Fence } from '../../../kernel/fence.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { toApproval, type ApprovalRow } from '../rows/stored-approvals.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { holdsFence } from './leases.ts';

/** The approval that a call has already, or the given one, kept; see `ApprovalStore.request`. */
export function* requestApproval({
  tenant,
  approval,
  waitingMax,
}: {
  readonly tenant: TenantId;
  readonly approval: Approval;
  readonly waitingMax: number;
}): Steps<Approval> {
  const { binding, createdAtMs: nowMs } = approval;
  const known = yield* firstRow<ApprovalRow>(sql`SELECT * FROM approval
    WHERE tenant_id = ${tenant} AND binding = ${binding} AND state <> ${'used'}
      AND expires_at_ms > ${nowMs}
    ORDER BY id DESC LIMIT 1`);
  if (known !== undefined) return toApproval(known);
  const count = yield* firstRow<{ readonly waiting: number }>(sql`SELECT count(*) AS waiting
    FROM approval WHERE tenant_id = ${tenant} AND state = ${'waiting'}
      AND expires_at_ms > ${nowMs}`);
  if ((count?.waiting ?? 0) >= waitingMax) {
    throw new GatewayError('too_many', 'Too many calls wait for an approval.');
  }
  const { id, state, ruleId, serviceId, serviceSlug, tool, sealedArguments } = approval;
  const { subjectId, grantId, actor, selfApproval, expiresAtMs } = approval;
  yield* change(sql`INSERT INTO approval (tenant_id, id, binding, state, rule_id, service_id,
      service_slug, tool, sealed_arguments, subject_id, grant_id, actor, self_approval,
      created_at_ms, expires_at_ms)
    VALUES (${tenant}, ${id}, ${binding}, ${state}, ${ruleId}, ${serviceId}, ${serviceSlug},
      ${tool}, ${sealedArguments}, ${subjectId}, ${grantId}, ${actor}, ${selfApproval ? 1 : 0},
      ${nowMs}, ${expiresAtMs})`);
  return approval;
}

/** Keeps somebody's word; what the approval is then, or undefined when it does not wait. */
export function* decideApproval({
  tenant,
  id,
  decision,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly decision: ApprovalDecision;
}): Steps<Approval | undefined> {
  const { verdict, by, reason, atMs } = decision;
  const decided = yield* change(sql`UPDATE approval SET state = ${verdict}, decided_by = ${by},
      decided_at_ms = ${atMs}, reason = ${reason}
    WHERE tenant_id = ${tenant} AND id = ${id} AND state = ${'waiting'}
      AND expires_at_ms > ${atMs}`);
  if (decided === 0) return undefined;
  const row = yield* firstRow<ApprovalRow>(sql`SELECT * FROM approval
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return row === undefined ? undefined : toApproval(row);
}

/** Deletes every tenant's old approvals; false when there are any and another holds the job. */
export function* removeExpiredApprovals({
  before,
  fence,
}: {
  readonly before: ApprovalEnds;
  readonly fence: Fence;
}): Steps<boolean> {
  const { approvalsMs, roundsMs } = before;
  const approval = yield* firstRow(sql`SELECT id FROM approval
    WHERE expires_at_ms <= ${approvalsMs} LIMIT 1`);
  const round = yield* firstRow(sql`SELECT hash FROM approval_round
    WHERE expires_at_ms <= ${roundsMs} LIMIT 1`);
  // The fence is a write: a quiet disk is left alone.
  if (approval === undefined && round === undefined) return true;
  if (!(yield* holdsFence(fence))) return false;
  yield* change(sql`DELETE FROM approval WHERE expires_at_ms <= ${approvalsMs}`);
  yield* change(sql`DELETE FROM approval_round WHERE expires_at_ms <= ${roundsMs}`);
  return true;
}
