/** How much was spent lately: what was spent within a window, faded out over the next one. */
export class SpendRate {
  readonly #windowMs: number;
  #startMs = Number.NEGATIVE_INFINITY;
  #now = 0n;
  #before = 0n;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(amount: bigint, nowMs: number): void {
    this.#turn(nowMs);
    this.#now += amount;
  }

  /** The larger of this window so far and the one before. */
  recent(nowMs: number): bigint {
    this.#turn(nowMs);
    return this.#now > this.#before ? this.#now : this.#before;
  }

  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#startMs;
    if (passedMs < this.#windowMs) return;
    this.#before = passedMs < 2 * this.#windowMs ? this.#now : 0n;
    this.#now = 0n;
    this.#startMs = nowMs;
  }
}
