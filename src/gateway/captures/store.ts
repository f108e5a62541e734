import type { Fence } from '../../kernel/fence.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** What a tenant captures of its calls, for a while. */
export interface CaptureSetting {
  /** Slugs and `{slug}__{tool}` as patterns with `*`; null for all. */
  readonly services: readonly string[] | null;
  readonly tools: readonly string[] | null;
  /** The share of calls: above 0, at most 1. */
  readonly sampleRate: number;
  /** Epoch milliseconds. */
  readonly untilMs: number;
  /** How long a capture is kept. */
  readonly keepHours: number;
  /** One more with every change. */
  readonly version: number;
}

/** A call that was captured; what was said in it is sealed apart. */
export interface Capture {
  readonly id: string;
  readonly tenant: TenantId;
  readonly atMs: number;
  readonly expiresAtMs: number;
  /** Who called: a user, a service account or the system. */
  readonly userId: string;
  readonly grantId: string;
  readonly serviceId: string;
  readonly serviceSlug: string;
  readonly method: string;
  readonly tool: string | null;
  /** How it ended: the type of the result, or the error's code. */
  readonly outcome: string;
  readonly workId: string;
  /** Bytes of what is kept. */
  readonly bytes: number;
}

/** Which captures to list. */
export interface CaptureQuery {
  /** The id of the last one of the page before. */
  readonly before?: string | undefined;
  /** Only those of this user. */
  readonly userId?: string | undefined;
  /** Those that expire later. */
  readonly nowMs: number;
  readonly rowsMax: number;
}

/** What captures of a tenant there are. */
export interface CaptureTotals {
  readonly captures: number;
  readonly bytes: number;
}

/** What is captured of tenants' calls. */
export interface CaptureStore {
  setting(tenant: TenantId): Promise<CaptureSetting | undefined>;
  /** Puts one in the place of the one before; its version follows that one's. */
  putSetting(tenant: TenantId, setting: Omit<CaptureSetting, 'version'>): Promise<CaptureSetting>;
  /** False when there is none. */
  deleteSetting(tenant: TenantId): Promise<boolean>;
  /** Keeps a capture with its sealed content; false when the tenant's would exceed `bytesMax`. */
  insert(tenant: TenantId, capture: Capture, sealed: string, bytesMax: number): Promise<boolean>;
  /** The newest first. */
  list(tenant: TenantId, query: CaptureQuery): Promise<readonly Capture[]>;
  get(tenant: TenantId, id: string, nowMs: number): Promise<Capture | undefined>;
  totals(tenant: TenantId): Promise<CaptureTotals>;
  /** Deletes all of a tenant; how many. */
  deleteAll(tenant: TenantId): Promise<number>;
  /** Deletes a page of what expired; true when there may be more. */
  deleteExpired(nowMs: number, fence: Fence): Promise<boolean>;
}

/** Under whose name the vault keeps what was captured. */
export const CAPTURE_OWNER = 'capture';
