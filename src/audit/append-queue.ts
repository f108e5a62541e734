import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { AuditEvent } from './audit-event.ts';
import type { AuditStore } from './store.ts';

interface Waiting {
  readonly events: readonly AuditEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes a tenant's events one batch after the other, and what came meanwhile together: its chain
 * has one end, and who writes to it at the same time only wait for each other.
 */
export class AppendQueue {
  readonly #store: Pick<AuditStore, 'append'>;
  readonly #waiting = new Map<TenantId, Waiting[]>();

  constructor(store: Pick<AuditStore, 'append'>) {
    this.#store = store;
  }

  /** Resolves when the events, at most `auditPageMax`, are kept; rejects like the store. */
  append(tenant: TenantId, events: readonly AuditEvent[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = this.#waiting.get(tenant);
    const one = { events, resolve, reject };
    if (line === undefined) void this.#run(tenant, [one]);
    else line.push(one);
    return promise;
  }

  async #run(tenant: TenantId, line: Waiting[]): Promise<void> {
    this.#waiting.set(tenant, line);
    while (line.length > 0) {
      const batch = line.splice(0, fitting(line));
      try {
        const events = batch.flatMap((one) => one.events);
        await this.#store.append(tenant, events);
        for (const one of batch) one.resolve();
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    this.#waiting.delete(tenant);
  }
}

/** How many of those at the front go into one batch: one at least. */
function fitting(line: readonly Waiting[]): number {
  let events = 0;
  const over = line.findIndex((one) => (events += one.events.length) > limits.auditPageMax);
  return over === -1 ? line.length : Math.max(over, 1);
}
