import type { SharedDomain } from '../kernel/bus.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { DomainVersion, VersionStore } from './store.ts';

/** What noticing changes needs. */
export interface VersionWatchOptions {
  readonly store: VersionStore;
  /** Reads a tenant's rows of a domain again; when it rejects it is asked again. */
  changed(domain: SharedDomain, tenant: string): Promise<void>;
  readonly log: Log;
}

/**
 * Notices what any instance changed in the database, by counters that are kept in the same
 * transaction as the change.
 */
export class VersionWatch {
  readonly #options: VersionWatchOptions;
  readonly #seen = new Map<string, number>();
  #readAllAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: VersionWatchOptions) {
    this.#options = options;
  }

  /** Takes what is in the database now as seen: it is read after this, so nothing is missed. */
  async begin(): Promise<void> {
    for (const row of await this.#options.store.list()) this.#seen.set(keyOf(row), row.version);
    this.#readAllAtMs = performance.now();
  }

  /** Compares, and has what changed read again. Rejects when the database or a reader fails. */
  async look(): Promise<void> {
    const rows = await this.#read();
    const changed = rows.filter((row) => row.version !== this.#seen.get(keyOf(row)));
    const results = await Promise.allSettled(changed.map((row) => this.#take(row)));
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** Usually what changed lately; everything at times, whatever clocks have done meanwhile. */
  async #read(): Promise<readonly DomainVersion[]> {
    const { store } = this.#options;
    const nowMs = performance.now();
    if (nowMs - this.#readAllAtMs < limits.versionReadAllMs) {
      return await store.list(limits.versionLookBackMs);
    }
    const rows = await store.list();
    this.#readAllAtMs = nowMs;
    return rows;
  }

  async #take(row: DomainVersion): Promise<void> {
    const { changed, log } = this.#options;
    const { domain, tenant, version } = row;
    log.debug({ domain, tenant, version }, 'rows of the database changed');
    await changed(domain, tenant);
    this.#seen.set(keyOf(row), version);
  }
}

function keyOf({ domain, tenant }: DomainVersion): string {
  return `${domain}\n${tenant}`;
}
