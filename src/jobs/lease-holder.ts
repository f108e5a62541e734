import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { JobLoop } from './job-loop.ts';
import type { LeasedJob } from './job.ts';
import type { Lease, LeaseStore } from './store.ts';

/** What holding a job needs. */
export interface LeaseHolderOptions {
  readonly job: LeasedJob;
  readonly store: LeaseStore;
  readonly nodeId: string;
  readonly log: Log;
  /** How long a lease lasts that is not renewed, and how often it is looked at. */
  readonly lifeMs: number;
  readonly renewMs: number;
}

interface Held {
  readonly lease: Lease;
  readonly work: JobLoop;
  /** Ends the work when the lease may have ended, though the database cannot be asked. */
  deadline: NodeJS.Timeout;
}

/** Competes for one job with other instances, and does it while it holds it. */
export class LeaseHolder implements AsyncDisposable {
  readonly #options: LeaseHolderOptions;
  readonly #lifeMs: number;
  readonly #beat: JobLoop;
  #held: Held | undefined;
  /** A lease of this instance that is there already is that of a life before, which was killed. */
  #isStart = true;

  constructor(options: LeaseHolderOptions) {
    const { job, log, lifeMs, renewMs } = options;
    this.#options = options;
    this.#lifeMs = lifeMs;
    this.#beat = new JobLoop({
      name: `${job.name} lease`,
      everyMs: renewMs,
      firstAfterMs: 0,
      // An answer that comes later than this is no longer worth anything.
      runMs: lifeMs,
      retryMs: { min: renewMs, max: renewMs },
      run: () => this.#look(),
      log,
    });
  }

  /** Makes a run start within this time, where this instance holds the job. */
  wake(withinMs: number): void {
    this.#held?.work.wake(withinMs);
  }

  /** Stops the work and lets another instance take the job at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#beat[Symbol.asyncDispose]();
    const held = this.#held;
    await this.#stopWork();
    // A lease that cannot be given back ends by itself.
    if (held !== undefined) await this.#options.store.release(held.lease).catch(() => {});
  }

  async #look(): Promise<void> {
    const { store, job, nodeId, log } = this.#options;
    // Counted from before the question: the database's answer may have been on its way for long.
    const askedAtMs = performance.now();
    const held = this.#held;
    if (held === undefined) {
      const lease = await store.acquire(job.name, nodeId, this.#lifeMs, this.#isStart);
      this.#isStart = false;
      if (lease === undefined) return;
      log.info({ job: job.name, fence: lease.number }, 'this instance runs a job from now on');
      this.#held = { lease, work: this.#startWork(lease), deadline: this.#deadline(askedAtMs) };
    } else if (await store.renew(held.lease, this.#lifeMs)) {
      clearTimeout(held.deadline);
      if (this.#held === held) held.deadline = this.#deadline(askedAtMs);
    } else {
      log.warn({ job: job.name }, 'another instance runs a job from now on');
      await this.#stopWork();
    }
  }

  #startWork(lease: Lease): JobLoop {
    const { job, store, log, renewMs } = this.#options;
    const { everyMs, runMs, name } = job;
    let notedAtMs = Number.NEGATIVE_INFINITY;
    return new JobLoop({
      name,
      everyMs,
      firstAfterMs: lease.sinceRunMs === null ? 0 : Math.max(0, everyMs - lease.sinceRunMs),
      runMs,
      retryMs: { min: limits.jobRetryMsMin, max: limits.jobRetryMsMax },
      run: async (signal) => {
        await job.run(lease, signal);
        // A job that runs more often than its lease is renewed is not noted each time.
        if (performance.now() - notedAtMs < renewMs) return;
        await store.ran(lease);
        notedAtMs = performance.now();
      },
      log,
    });
  }

  #deadline(askedAtMs: number): NodeJS.Timeout {
    const leftMs = askedAtMs + this.#lifeMs - performance.now();
    return setTimeout(() => {
      this.#options.log.warn({ job: this.#options.job.name }, 'a lease could not be renewed');
      void this.#stopWork();
    }, leftMs).unref();
  }

  async #stopWork(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    clearTimeout(held?.deadline);
    await held?.work[Symbol.asyncDispose]();
  }
}
