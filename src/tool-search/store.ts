import type { Fence } from '../kernel/fence.ts';
import type { TenantId } from '../kernel/principal.ts';

/** Whose call it was. */
export interface UseSubject {
  readonly kind: 'user' | 'service_account';
  readonly id: string;
}

/** The words of a search, and a tool that it showed and that was then called with success. */
export interface ToolUse {
  readonly serviceId: string;
  /** Its own name, on its service. */
  readonly tool: string;
  readonly subject: UseSubject;
  readonly query: string;
  readonly atMs: number;
}

/** What a tool was used for, whoever used it. */
export interface LearntUse {
  readonly serviceId: string;
  readonly tool: string;
  readonly query: string;
  /** How many people and service accounts confirmed it. */
  readonly subjects: number;
  readonly lastAtMs: number;
}

/** Which of a tenant's uses: all, those of a service, or those of one of its tools. */
export interface UseFilter {
  readonly serviceId?: string | undefined;
  readonly tool?: string | undefined;
}

/** A page of what was learnt. */
export interface UsePage extends UseFilter {
  readonly rowsMax: number;
  /** The last one of the page before. */
  readonly after?: Pick<LearntUse, 'serviceId' | 'tool' | 'query'> | undefined;
}

/** How a tenant searches. */
export interface ToolSearchSetting {
  readonly learns: boolean;
  /** 0 until anything was set. */
  readonly version: number;
}

/**
 * What tools were used for, by tenant. Every change counts as one of the domain `tool-uses`. A use
 * that is said again becomes fresh and not more; see `limits` for how many are kept.
 */
export interface ToolUseStore {
  /** Those confirmed since then; of each tool the oldest first. */
  uses(tenant: TenantId, sinceMs: number): Promise<readonly ToolUse[]>;
  /**
   * Adds uses of who is in the tenant; those of others are left out. The oldest go where there are
   * too many of a user for a tool, of a tool, or tools. Nothing where the tenant does not learn.
   */
  add(tenant: TenantId, uses: readonly ToolUse[]): Promise<void>;
  /** By service, tool and words. */
  list(tenant: TenantId, page: UsePage): Promise<readonly LearntUse[]>;
  /** Forgets some or all; how many there were. */
  clear(tenant: TenantId, filter: UseFilter): Promise<number>;
  setting(tenant: TenantId): Promise<ToolSearchSetting>;
  /** What it is then. `conflict` for another version. */
  putSetting(
    tenant: TenantId,
    learns: boolean,
    ifVersion: number | undefined,
  ): Promise<ToolSearchSetting>;
  /** Deletes what was not confirmed since then, of all tenants; false when the job is another's. */
  deleteExpired(beforeMs: number, fence: Fence): Promise<boolean>;
}
