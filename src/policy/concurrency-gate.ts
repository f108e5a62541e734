import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

/** Bounds how many exchanges run at once, per key (a tenant, a credential). */
export class ConcurrencyGate {
  readonly #running = new Map<string, number>();
  readonly #most: number;

  constructor(most: number = limits.exchangesPerTenantMax) {
    this.#most = most;
  }

  /** Takes a place; the result gives it back. Throws GatewayError `too_many`. */
  enter(key: string): () => void {
    const running = this.#running.get(key) ?? 0;
    if (running >= this.#most) {
      throw new GatewayError('too_many', 'Too many exchanges at once; try again later.');
    }
    this.#running.set(key, running + 1);
    return () => this.#leave(key);
  }

  #leave(key: string): void {
    const running = (this.#running.get(key) ?? 1) - 1;
    if (running === 0) this.#running.delete(key);
    else this.#running.set(key, running);
  }
}
