import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { JobLoop } from './job-loop.ts';
import type { LeasedJob, LocalJob } from './job.ts';
import { LeaseHolder } from './lease-holder.ts';
import type { LeaseStore } from './store.ts';

/** What running jobs needs. */
export interface JobRunnerOptions {
  readonly leases: LeaseStore;
  readonly nodeId: string;
  /** False on the embedded database, where leases may last longer. */
  readonly isShared: boolean;
  readonly log: Log;
}

const shared = { lifeMs: limits.leaseLifeMs, renewMs: limits.leaseRenewMs };
const alone = { lifeMs: limits.leaseAloneLifeMs, renewMs: limits.leaseAloneRenewMs };

/** Starts the work that belongs to nobody's request, and stops all of it. */
export class JobRunner implements AsyncDisposable {
  readonly #options: JobRunnerOptions;
  readonly #started = new Set<AsyncDisposable>();

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** Starts work that every instance does; the answer wakes it. */
  startLocal(job: LocalJob): JobLoop {
    const { log } = this.#options;
    const retryMs = { min: limits.jobRetryMsMin, max: limits.jobRetryMsMax };
    const loop = new JobLoop({ retryMs, ...job, run: (signal) => job.run(signal), log });
    this.#started.add(loop);
    return loop;
  }

  /** Repeats local work that ends with something else than the runner: when it is disposed. */
  repeat(job: LocalJob): Disposable {
    const loop = this.startLocal(job);
    return {
      [Symbol.dispose]: () => {
        this.#started.delete(loop);
        // It has been told to stop; whoever disposes does not wait for it.
        void loop[Symbol.asyncDispose]();
      },
    };
  }

  /** Starts to compete for work that one instance does; the answer wakes it where it is done. */
  startLeased(job: LeasedJob): { wake(withinMs: number): void } {
    const { leases: store, nodeId, isShared, log } = this.#options;
    const times = isShared ? shared : alone;
    const holder = new LeaseHolder({ job, store, nodeId, log, ...times });
    this.#started.add(holder);
    return holder;
  }

  /** Resolves when nothing runs any more and every lease was given back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const started = [...this.#started];
    this.#started.clear();
    await Promise.all(started.map((one) => one[Symbol.asyncDispose]()));
  }
}
