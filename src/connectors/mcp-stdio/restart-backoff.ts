import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

/**
 * Spaces the restarts of a child that keeps failing: at once after the first failure, then after
 * 1 s, 2 s, 4 s … 60 s, each a little less by chance. A child that lived long starts afresh.
 */
export class RestartBackoff {
  readonly #now: () => number;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Throws `upstream_unavailable` while it is too early to start again. */
  check(): void {
    if (this.#now() >= this.#notBeforeMs) return;
    const text = 'The service keeps failing; it will be started again soon.';
    throw new GatewayError('upstream_unavailable', text);
  }

  /** A child that was started at this time ended on its own, or could not be started. */
  failed(startedMs: number): void {
    const now = this.#now();
    this.#failures = now - startedMs >= limits.stdioRestartMsMax ? 1 : this.#failures + 1;
    if (this.#failures === 1) return;
    const doubled = limits.stdioRestartMsMin * 2 ** Math.min(this.#failures - 2, 16);
    const delayMs = Math.min(doubled, limits.stdioRestartMsMax);
    this.#notBeforeMs = now + delayMs * (0.75 + Math.random() / 4);
  }
}
