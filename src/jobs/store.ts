import type { SharedDomain } from '../kernel/bus.ts';
import type { Fence } from '../kernel/fence.ts';

/** A job that this instance holds. */
export interface Lease extends Fence {
  /** How long ago the job was last run to its end, by whomever; null when it never was. */
  readonly sinceRunMs: number | null;
}

/** A job as operators see it. Times are the database's. */
export interface JobState {
  readonly name: string;
  /** The node that holds it, or held it last. */
  readonly holder: string;
  readonly number: number;
  readonly expiresAtMs: number;
  readonly ranAtMs: number | null;
  /** The node that ran it last. */
  readonly ranBy: string | null;
}

/** Who runs which job. All times are taken on the database's clock: instances' may differ. */
export interface LeaseStore {
  /**
   * Takes a job that nobody holds, or at its start what the holder's earlier life held; undefined
   * when somebody else does.
   */
  acquire(
    job: string,
    holder: string,
    lifeMs: number,
    isStart?: boolean,
  ): Promise<Lease | undefined>;
  /** Holds it for longer; false when another took it. */
  renew(fence: Fence, lifeMs: number): Promise<boolean>;
  /** Notes that the job was run to its end; false when another holds it. */
  ran(fence: Fence): Promise<boolean>;
  /** Lets another take it at once. */
  release(fence: Fence): Promise<void>;
  list(): Promise<readonly JobState[]>;
}

/** How often a tenant's rows of a domain have changed. */
export interface DomainVersion {
  readonly domain: SharedDomain;
  readonly tenant: string;
  readonly version: number;
}

/** The counters by which instances notice what others changed. */
export interface VersionStore {
  /** All of them, or those that changed within the last `withinMs` by the database's clock. */
  list(withinMs?: number): Promise<readonly DomainVersion[]>;
}
