import { GatewayError } from '../../kernel/errors.ts';

/** How attempts are spaced. */
export interface RestartPace {
  /** The wait before the second attempt in a row; it doubles with each. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** What lived this long did not fail to start: its end counts as the first failure. */
  readonly steadyMs: number;
}

/**
 * Spaces the restarts of something that keeps failing: at once after the first failure, then after
 * the first wait, twice that … up to the last, each a little less by chance.
 */
export class RestartBackoff {
  readonly #pace: RestartPace;
  readonly #now: () => number;
  #failures = 0;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #notBeforeMs = 0;

  constructor(pace: RestartPace, now: () => number = Date.now) {
    this.#pace = pace;
    this.#now = now;
  }

  /** Throws `upstream_unavailable` while it is too early to start again. */
  check(): void {
    if (this.#now() >= this.#notBeforeMs) return;
    const text = 'The service keeps failing; it will be started again soon.';
    throw new GatewayError('upstream_unavailable', text);
  }

  /** What was started at this time ended on its own, or could not be started. */
  failed(startedMs: number): void {
    const { firstMs, lastMs, steadyMs } = this.#pace;
    // What was running already when another failed has failed of the same cause.
    if (startedMs < this.#failedAtMs) return;
    const now = this.#now();
    this.#failedAtMs = now;
    this.#failures = now - startedMs >= steadyMs ? 1 : this.#failures + 1;
    if (this.#failures === 1) return;
    const doubledMs = firstMs * 2 ** Math.min(this.#failures - 2, 16);
    this.#notBeforeMs = now + Math.min(doubledMs, lastMs) * (0.75 + Math.random() / 4);
  }
}
