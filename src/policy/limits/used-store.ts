import { limits } from '../../kernel/limits.ts';
import type { Used } from './counter.ts';

/** How many of the oldest are looked at to make room for one more. */
const LOOKED_AT = 64;

/** What was used, by key, in bounded memory. */
export class UsedStore {
  readonly #all = new Map<string, Used>();
  readonly #most: number;

  constructor(most: number = limits.countersMax) {
    this.#most = most;
  }

  get size(): number {
    return this.#all.size;
  }

  /** What was used by this key; nothing for one that is new. */
  of(key: string, nowMs: number): Used {
    let used = this.#all.get(key);
    if (used !== undefined) return used;
    if (this.#all.size >= this.#most) this.#makeRoom(nowMs);
    used = { backAtMs: nowMs, running: 0, isForgotten: false };
    this.#all.set(key, used);
    return used;
  }

  /** One that has everything back is as good as new; else the oldest goes of which nothing runs. */
  #makeRoom(nowMs: number): void {
    let looked = 0;
    let oldest: string | undefined;
    for (const [key, { running, backAtMs }] of this.#all) {
      if (running === 0 && backAtMs <= nowMs) {
        this.#forget(key);
        return;
      }
      if (running === 0) oldest ??= key;
      if (++looked >= LOOKED_AT && oldest !== undefined) break;
    }
    const [first] = this.#all.keys();
    const gone = oldest ?? first;
    if (gone !== undefined) this.#forget(gone);
  }

  #forget(key: string): void {
    const used = this.#all.get(key);
    if (used !== undefined) used.isForgotten = true;
    this.#all.delete(key);
  }
}
