import type { Fence } from '../kernel/fence.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { AuditEvent } from './audit-event.ts';

/** How long a tenant keeps what; null for ever. */
export interface Retention {
  /** Usage records; their totals are kept for ever. */
  readonly usageDays: number | null;
  /** Audit events; never shorter than the usage records that they seal. */
  readonly auditDays: number | null;
  /** Conversations with models, since they last changed. */
  readonly chatDays: number | null;
  /** 0 for a tenant that has not set anything. */
  readonly version: number;
}

/** The members that a tenant sets. */
export type RetentionChange = Partial<Pick<Retention, 'usageDays' | 'auditDays' | 'chatDays'>>;

/** Lets go of what is older than a moment. */
export interface CutRequest {
  /** Epoch milliseconds. */
  readonly beforeMs: number;
  /** The event that tells of it, before it is known of how much. */
  readonly event: AuditEvent;
  readonly fence: Fence;
}

/** The last batch of usage records that was let go. */
export interface UsageCut {
  /** 0 when none was. */
  readonly block: number;
  readonly lastId: string;
  /** The number of the last event that sealed any of them. */
  readonly seq: number;
}

/** Nothing was let go. */
export const emptyCut: UsageCut = { block: 0, lastId: '', seq: 0 };

/** How long tenants keep what, and letting go of the rest. */
export interface RetentionStore {
  settings(tenant: TenantId): Promise<Retention>;
  /**
   * Changes what is named. Rejects with `conflict` when `ifVersion` is another, and with
   * `invalid_configuration` when events would go before the records that they seal.
   */
  change(tenant: TenantId, change: RetentionChange, ifVersion?: number): Promise<Retention>;
  /**
   * Moves the cut of the usage records, or of the chain, up to what is younger, one page of events
   * at most, and adds the event to the chain. True when it moved; false when there is nothing to
   * let go, or when another holds the job.
   */
  cutUsage(tenant: TenantId, request: CutRequest): Promise<boolean>;
  cutAudit(tenant: TenantId, request: CutRequest): Promise<boolean>;
  /** Deletes a page of what is behind the cuts; true when there may be more. */
  sweep(tenant: TenantId, fence: Fence): Promise<boolean>;
}

/** What the events of cuts are called; `verifyChain` looks for them. */
export const cutActions = { usage: 'retention.cutUsage', audit: 'retention.cutAudit' } as const;
