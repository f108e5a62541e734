import type { Approval } from '../../../gateway/approvals/store.ts';
import type { Tables } from '../tables.ts';

/** An approval as its columns hold it. */
export type ApprovalRow = Tables['approval'];

/** Reads an approval from its columns. */
export function toApproval(row: ApprovalRow): Approval {
  return {
    id: row.id,
    tenant: row.tenant_id,
    binding: row.binding,
    state: row.state,
    ruleId: row.rule_id,
    serviceId: row.service_id,
    serviceSlug: row.service_slug,
    tool: row.tool,
    sealedArguments: row.sealed_arguments,
    subjectId: row.subject_id,
    grantId: row.grant_id,
    actor: row.actor,
    selfApproval: row.self_approval === 1,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    decidedAtMs: row.decided_at_ms,
    decidedBy: row.decided_by,
    reason: row.reason,
    workId: row.work_id,
  };
}
