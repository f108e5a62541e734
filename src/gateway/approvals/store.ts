import type { Fence } from '../../kernel/fence.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** Where an approval stands; one that nobody decided in time counts as denied. */
export type ApprovalState = 'waiting' | 'approved' | 'denied' | 'used';

/** A call that waits for somebody's word, or waited. */
export interface Approval {
  readonly id: string;
  readonly tenant: TenantId;
  /** Digest of what the word is given for: caller, tool, its definition, its arguments. */
  readonly binding: string;
  readonly state: ApprovalState;
  readonly ruleId: string;
  readonly serviceId: string;
  readonly serviceSlug: string;
  /** The tool on its service. */
  readonly tool: string;
  readonly sealedArguments: string;
  /** Who called: the subject, its grant, and what acted for it. */
  readonly subjectId: string;
  readonly grantId: string;
  readonly actor: string | null;
  /** True when whoever called may decide. */
  readonly selfApproval: boolean;
  readonly createdAtMs: number;
  /** Until then it can be decided and used. */
  readonly expiresAtMs: number;
  readonly decidedAtMs: number | null;
  /** A subject, or `caller` for the answer to a question that the caller was asked. */
  readonly decidedBy: string | null;
  readonly reason: string | null;
  /** The call that used it. */
  readonly workId: string | null;
}

/** Somebody's word. */
export interface ApprovalDecision {
  readonly verdict: 'approved' | 'denied';
  readonly by: string;
  readonly reason: string | null;
  readonly atMs: number;
}

/** Which approvals are listed. */
export interface ApprovalQuery {
  /** `denied` includes those that nobody decided in time. */
  readonly state?: ApprovalState | undefined;
  readonly nowMs: number;
  readonly rowsMax: number;
}

/** Approvals. */
export interface ApprovalStore {
  /**
   * The approval that this call has already and that is neither used nor over, or the given one,
   * kept. Rejects with `too_many` when the tenant has `waitingMax` that wait.
   */
  request(tenant: TenantId, approval: Approval, waitingMax: number): Promise<Approval>;
  get(tenant: TenantId, id: string): Promise<Approval | undefined>;
  /** The newest first. */
  list(tenant: TenantId, query: ApprovalQuery): Promise<readonly Approval[]>;
  /** Those that a user asked for or decided, with ids after this one, the oldest first. */
  ofUser(
    tenant: TenantId,
    userId: string,
    after: string,
    rowsMax: number,
  ): Promise<readonly Approval[]>;
  /** What it is then; undefined when it does not wait (any more). */
  decide(tenant: TenantId, id: string, decision: ApprovalDecision): Promise<Approval | undefined>;
  /** Takes an approved one for this call, at most once; false when it cannot be used (any more). */
  use(tenant: TenantId, id: string, use: ApprovalUse): Promise<boolean>;
  /** Notes that a later round of an approved call came; false when it came before. */
  noteRound(tenant: TenantId, hash: string, expiresAtMs: number): Promise<boolean>;
  /** Deletes what expired before; false when there is any and another holds the job. */
  deleteAllExpired(before: ApprovalEnds, fence: Fence): Promise<boolean>;
}

/** The call that uses an approval. */
export interface ApprovalUse {
  readonly binding: string;
  readonly workId: string;
  readonly atMs: number;
}

/** Approvals are kept for a while after they expired, rounds are not. */
export interface ApprovalEnds {
  readonly approvalsMs: number;
  readonly roundsMs: number;
}
