import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

/** Delays in nanoseconds. */
export type DelayHistogram = Pick<ReturnType<typeof monitorEventLoopDelay>, 'mean' | 'reset'>;

/** What shedding is made from. */
export interface LoadShedderOptions {
  /** The mean delay of the event loop beyond which nothing new is taken; 0 never to look. */
  readonly delayMs: number;
  /** What measures the delay; the platform's own when absent. */
  readonly histogram?: DelayHistogram;
}

const RESOLUTION_MS = 20;

/**
 * Refuses new work while the process cannot keep up with what it has: an answer that says when to
 * come back costs less than a call that times out. Health and the control plane do not ask here.
 */
export class LoadShedder implements Disposable {
  readonly #delayMs: number;
  readonly #histogram: DelayHistogram | undefined;
  readonly #stop: () => void;
  #wasLate = false;
  #isOverloaded = false;

  constructor({ delayMs, histogram }: LoadShedderOptions) {
    this.#delayMs = delayMs;
    if (delayMs === 0) {
      this.#stop = () => {};
      return;
    }
    const own =
      histogram === undefined ? monitorEventLoopDelay({ resolution: RESOLUTION_MS }) : undefined;
    own?.enable();
    this.#histogram = histogram ?? own;
    const timer = setInterval(() => this.look(), limits.loadLookMs);
    timer.unref();
    this.#stop = () => {
      clearInterval(timer);
      own?.disable();
    };
  }

  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  /** Throws GatewayError `overloaded` while there is too much to do. */
  check(): void {
    if (!this.#isOverloaded) return;
    const data = { limit: 'gateway', retryAfterMs: limits.overloadRetryMs };
    throw new GatewayError('overloaded', undefined, { data });
  }

  /** Looks how late the loop was; late twice running is overloaded, once is a long task. */
  look(): void {
    if (this.#histogram === undefined) return;
    // What is measured is the time between two looks of the histogram, which is that much at rest.
    const meanMs = this.#histogram.mean / 1e6 - RESOLUTION_MS;
    this.#histogram.reset();
    const isLate = meanMs > this.#delayMs;
    this.#isOverloaded = isLate && (this.#wasLate || this.#isOverloaded);
    this.#wasLate = isLate;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
