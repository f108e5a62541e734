import type { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { TenantId } from '../kernel/principal.ts';
import { AppendQueue } from './append-queue.ts';
import type { AuditAct } from './audit-act.ts';
import type { AuditEvent } from './audit-event.ts';
import type { AuditStore } from './store.ts';

/** What the audit log is made from. */
export interface AuditLogOptions {
  readonly store: Pick<AuditStore, 'append'>;
  readonly nodeId: string;
  readonly ids: IdSource;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface Noted {
  readonly event: AuditEvent;
  /** How many alike there were. */
  count: number;
}

/** Where acts are told to; see the README for what is written when. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #queue: AppendQueue;
  #noted = new Map<string, Noted>();
  #dropped = 0;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#queue = new AppendQueue(options.store);
  }

  /** Keeps an act: it is in the database when this resolves. Rejects with `storage_unavailable`. */
  async record(act: AuditAct): Promise<void> {
    await this.#queue.append(act.tenant, [this.#eventOf(act)]);
  }

  /**
   * Notes an act that changed nothing: it is in the database within a second or so. Alike ones of
   * that time become one event with a count, so that nobody fills the log by being refused.
   */
  note(act: AuditAct): void {
    const key = JSON.stringify(act);
    const alike = this.#noted.get(key);
    if (alike !== undefined) alike.count++;
    else if (this.#noted.size >= limits.auditQueueMax) this.#dropped++;
    else this.#noted.set(key, { event: this.#eventOf(act), count: 1 });
  }

  /** Writes what was noted; rejects when something could not be written, and keeps it. */
  async flush(): Promise<void> {
    const waiting = [...this.#noted.values()];
    this.#noted = new Map();
    this.#tellDropped();
    const byTenant = Map.groupBy(waiting, ({ event }) => event.tenant);
    const writes = [...byTenant].flatMap(([tenant, noted]) =>
      batchesOf(noted).map((batch) => this.#write(tenant, batch)),
    );
    const failed = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #write(tenant: TenantId, noted: readonly Noted[]): Promise<void> {
    try {
      await this.#queue.append(tenant, noted.map(countedEvent));
    } catch (error) {
      // Under their ids, by which the store knows those that were written after all.
      for (const one of noted) {
        if (this.#noted.size >= limits.auditQueueMax) this.#dropped++;
        else this.#noted.set(one.event.id, one);
      }
      throw error;
    }
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#options.log.error({ count: this.#dropped }, 'refused calls are missing in the audit log');
    this.#dropped = 0;
  }

  #eventOf(act: AuditAct): AuditEvent {
    const { ids, nodeId, now } = this.#options;
    return {
      ...act,
      action: withoutAddresses(shorten(act.action)),
      target: act.target === null ? null : withoutAddresses(shorten(act.target)),
      id: ids.next('aud'),
      atMs: now(),
      nodeId,
    };
  }
}

function batchesOf(noted: readonly Noted[]): readonly (readonly Noted[])[] {
  const rows = limits.auditPageMax;
  const count = Math.ceil(noted.length / rows);
  return Array.from({ length: count }, (_, at) => noted.slice(at * rows, (at + 1) * rows));
}

function countedEvent({ event, count }: Noted): AuditEvent {
  return count === 1 ? event : { ...event, detail: { ...event.detail, count } };
}

/** A caller chooses these texts; an event is kept however long they are. */
function shorten(text: string): string {
  const max = limits.auditTextCharactersMax;
  const whole = text.toWellFormed().replaceAll('\0', '\u{fffd}');
  return whole.length <= max ? whole : `${whole.slice(0, max - 1)}…`.toWellFormed();
}

/**
 * Events cannot be changed when a person is erased, so no address of one gets into them: callers
 * may have put it into a name or a URI. Short texts only, for it looks at every pair of places.
 */
function withoutAddresses(text: string): string {
  return text.includes('@') ? text.replaceAll(/[^\s/@:?&=]+@[^\s/@:?&=]+/g, '[address]') : text;
}
