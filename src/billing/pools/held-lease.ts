/** A lease as its owner sees it. */
export class HeldLease {
  readonly id: string;
  readonly isTight: boolean;
  /** On the owner's monotonic clock; then it may not promise anything more. */
  readonly #usableUntilMs: number;
  /** What is neither spent nor held. */
  #free: bigint;
  #spent = 0n;
  #calls = 0;
  #usedAtMs: number;
  #isRetired = false;

  constructor(id: string, granted: bigint, isTight: boolean, atMs: number, usableUntilMs: number) {
    this.id = id;
    this.isTight = isTight;
    this.#free = granted;
    this.#usedAtMs = atMs;
    this.#usableUntilMs = usableUntilMs;
  }

  /** What of it may still be set aside. */
  get free(): bigint {
    return this.#free;
  }

  /** What its records hold together. */
  get spent(): bigint {
    return this.#spent;
  }

  /** Sets something aside for a call; false when it cannot. */
  take(amount: bigint, nowMs: number): boolean {
    if (amount > this.#free || nowMs >= this.#usableUntilMs) return false;
    this.#free -= amount;
    this.#calls++;
    this.#usedAtMs = nowMs;
    return true;
  }

  /** The call will cost so much at most, of what was set aside for it. */
  settle(taken: bigint, spent: bigint): void {
    this.#free += taken - spent;
    this.#spent += spent;
  }

  /** The call is over, and its record is durable. */
  leave(): void {
    this.#calls--;
  }

  /** Another one took its place: it ends with its last call. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Whether it can be closed now, because nobody needs it. */
  isDone(nowMs: number, idleMs: number): boolean {
    if (this.#calls > 0) return false;
    const isIdle = nowMs - this.#usedAtMs >= idleMs;
    return this.#isRetired || this.isTight || isIdle || nowMs >= this.#usableUntilMs;
  }

  /** Whether no call is using it. */
  get isUnused(): boolean {
    return this.#calls === 0;
  }
}
