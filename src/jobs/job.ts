import type { Fence } from '../kernel/fence.ts';

interface JobTiming {
  /** Names it in the log, and the lease in the database. */
  readonly name: string;
  readonly everyMs: number;
  /** A run that takes longer is told to stop. */
  readonly runMs: number;
}

/** Work that every instance does for itself. */
export interface LocalJob extends JobTiming {
  /** False: it runs only when it is woken. */
  readonly repeats?: boolean;
  /** The pause after a failure: doubles from the first to the last. */
  readonly retryMs?: { readonly min: number; readonly max: number };
  run(signal: AbortSignal): Promise<void>;
}

/** Work that one instance does for all. */
export interface LeasedJob extends JobTiming {
  /**
   * Every write carries the fence and is refused once another holds the job. The signal is aborted
   * when the job may be another's, which may be too late to stop a write: hence the fence.
   */
  run(fence: Fence, signal: AbortSignal): Promise<void>;
}
