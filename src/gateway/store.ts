import type { Fence } from '../kernel/fence.ts';
import type { TenantId } from '../kernel/principal.ts';

/** The transports a session may be reached by. */
export type SessionTransport = 'any' | 'streamable-http' | 'sse' | 'websocket';

/** Where a session's id stands in the requests of its client. */
export type SessionIdPlace = 'path' | 'query' | 'header';

/** A session that a caller made for itself: which services, by which transport, until when. */
export interface ManagedSession {
  readonly id: string;
  readonly tenant: TenantId;
  readonly userId: string;
  /** The grant that made it and that alone may use it. */
  readonly grantId: string;
  /** Slugs of its services, or null for all the caller may use. */
  readonly services: readonly string[] | null;
  readonly transport: SessionTransport;
  readonly idPlace: SessionIdPlace;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Sessions that callers made. */
export interface SessionStore {
  insert(tenant: TenantId, session: ManagedSession): Promise<void>;
  get(tenant: TenantId, id: string): Promise<ManagedSession | undefined>;
  /** The grant's sessions, the oldest first. */
  list(tenant: TenantId, grantId: string): Promise<readonly ManagedSession[]>;
  /** False when there is no such session. */
  delete(tenant: TenantId, id: string): Promise<boolean>;
  /** Deletes the tenant's sessions that expired before this moment. */
  deleteExpired(tenant: TenantId, beforeMs: number): Promise<void>;
  /** Deletes those of every tenant; false when there are any and another holds the job. */
  deleteAllExpired(beforeMs: number, fence: Fence): Promise<boolean>;
}
