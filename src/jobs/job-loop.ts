import { GatewayError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

/** Work that is done again and again. */
export interface LoopOptions {
  /** Names it in the log. */
  readonly name: string;
  /** Between the end of one run and the start of the next, give or take a fifth. */
  readonly everyMs: number;
  /** False: it runs only when it is woken. */
  readonly repeats?: boolean;
  /** When the first run starts; `everyMs` when absent. */
  readonly firstAfterMs?: number;
  /** A run that takes longer is told to stop, counts as failed and is waited for no more. */
  readonly runMs: number;
  /** The pause after a failure: doubles from the first to the last. */
  readonly retryMs: { readonly min: number; readonly max: number };
  run(signal: AbortSignal): Promise<void>;
  readonly log: Log;
}

/** The share of a pause that chance decides, so that instances do not act in step. */
const JITTER = 0.4;

/** Runs one piece of work, one run at a time, until it is disposed. */
export class JobLoop implements AsyncDisposable {
  readonly #options: LoopOptions;
  #ended = false;
  #stop: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  /** How soon after the running run another is wanted. */
  #againWithinMs: number | undefined;
  #failures = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    const { repeats = true, everyMs, firstAfterMs = jittered(everyMs) } = options;
    if (repeats) this.#arm(firstAfterMs);
  }

  /** Makes a run start within this time; after a failure the pause is kept all the same. */
  wake(withinMs = 0): void {
    if (this.#running !== undefined) {
      this.#againWithinMs = Math.min(this.#againWithinMs ?? withinMs, withinMs);
    } else if (this.#failures === 0) this.#arm(withinMs);
  }

  /** Resolves when the work has stopped; a run that ignores its signal is given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#stop?.abort(new GatewayError('cancelled', 'It was stopped.'));
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** An earlier start that is set already stays. */
  #arm(afterMs: number): void {
    const dueAtMs = performance.now() + afterMs;
    if (this.#ended || dueAtMs >= this.#dueAtMs) return;
    clearTimeout(this.#timer);
    this.#dueAtMs = dueAtMs;
    this.#timer = setTimeout(() => {
      this.#dueAtMs = Number.POSITIVE_INFINITY;
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        this.#armNext();
      });
    }, afterMs).unref();
  }

  async #run(): Promise<void> {
    const { name, log, runMs, run } = this.#options;
    const stop = new AbortController();
    this.#stop = stop;
    const late = new GatewayError('cancelled', 'It took too long.');
    const timer = setTimeout(() => stop.abort(late), runMs).unref();
    try {
      await Promise.race([run(stop.signal), rejection(stop.signal)]);
      if (this.#failures > 0) log.info({ job: name }, 'a job works again');
      this.#failures = 0;
    } catch (error) {
      if (this.#ended) return;
      this.#failures++;
      this.#tellFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Told at the 1st, 2nd, 4th, 8th … time: what lasts must not fill the log. */
  #tellFailure(error: unknown): void {
    const { name, log } = this.#options;
    const failures = this.#failures;
    if ((failures & (failures - 1)) !== 0) return;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ job: name, failures, reason }, 'a job failed; it is tried again');
  }

  #armNext(): void {
    const { everyMs, retryMs, repeats = true } = this.#options;
    const againWithinMs = this.#againWithinMs;
    this.#againWithinMs = undefined;
    if (this.#failures > 0) {
      const doubled = retryMs.min * 2 ** Math.min(this.#failures - 1, 30);
      this.#arm(jittered(Math.min(doubled, retryMs.max)));
      return;
    }
    if (againWithinMs !== undefined) this.#arm(againWithinMs);
    if (repeats) this.#arm(jittered(everyMs));
  }
}

function jittered(pauseMs: number): number {
  return pauseMs * (1 - JITTER / 2 + Math.random() * JITTER);
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
