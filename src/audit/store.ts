import type { TenantId } from '../kernel/principal.ts';
import type { AuditEvent, ChainedEvent, SealedCalls } from './audit-event.ts';
import type { ChainHead } from './chain.ts';
import type { UsageCut } from './retention.ts';

export type { AuditEvent, ChainedEvent, SealedCalls } from './audit-event.ts';
export { auditKinds, auditOutcomes } from './audit-event.ts';
export { chainOnto, emptyChain, type ChainHead } from './chain.ts';
export {
  cutActions,
  emptyCut,
  type CutRequest,
  type Retention,
  type RetentionChange,
  type RetentionStore,
  type UsageCut,
} from './retention.ts';
export { sealCalls, type CallLine, type NewCalls } from './seal-calls.ts';

/** Which events to list. */
export interface AuditQuery {
  /** The number of the last event of the page before. */
  readonly after?: number;
  readonly kind?: AuditEvent['kind'];
  readonly action?: string;
  readonly subject?: string;
  /** The first moment, and the first that is too late. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Newest first when true. */
  readonly descending: boolean;
  readonly rowsMax: number;
}

/** Where events end up: they are added at the end of their tenant's chain and never change. */
export interface AuditStore {
  /** Adds events in their order, all or none; one that is there already is left alone. */
  append(tenant: TenantId, events: readonly AuditEvent[]): Promise<void>;
  list(tenant: TenantId, query: AuditQuery): Promise<readonly ChainedEvent[]>;
  /**
   * Events in which a user is the subject or the target, among the `rowsMax` behind a number, the
   * oldest first.
   */
  about(
    tenant: TenantId,
    userId: string,
    after: number,
    rowsMax: number,
  ): Promise<readonly ChainedEvent[]>;
  /** Where the chain ends. */
  head(tenant: TenantId): Promise<ChainHead>;
  /** Where it begins: behind the last of the events that were let go. */
  cut(tenant: TenantId): Promise<ChainHead>;
  /** The lines of the usage records of a sealed batch that are there now, by id. */
  sealedLines(tenant: TenantId, sealed: SealedCalls): Promise<readonly string[]>;
  /** How many usage records of the tenant came in batches behind this one. */
  sealedRecords(tenant: TenantId, afterBlock: number): Promise<number>;
  /** The last batch whose records were let go. */
  usageCut(tenant: TenantId): Promise<UsageCut>;
}
