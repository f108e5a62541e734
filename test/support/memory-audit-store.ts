import type { AuditAct } from '../../src/audit/audit-act.ts';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import {
  emptyChain,
  emptyCut,
  type AuditStore,
  type ChainedEvent,
  type Retention,
  type RetentionStore,
} from '../../src/audit/store.ts';

/** Reads chains out of a list that a test fills; it seals no usage records. */
export function memoryAuditStore(chain: readonly ChainedEvent[]): Omit<AuditStore, 'append'> {
  const ofTenant = (tenant: string) => chain.filter((event) => event.tenant === tenant);
  return {
    list: (tenant, query) => {
      const { after, descending, rowsMax, fromMs = 0, toMs = Infinity } = query;
      const found = ofTenant(tenant).filter(
        ({ seq, kind, action, subject, atMs }) =>
          (after === undefined || (descending ? seq < after : seq > after)) &&
          (query.kind ?? kind) === kind &&
          (query.action ?? action) === action &&
          (query.subject ?? subject) === subject &&
          atMs >= fromMs &&
          atMs < toMs,
      );
      return Promise.resolve((descending ? found.toReversed() : found).slice(0, rowsMax));
    },
    about: (tenant, userId, after, rowsMax) => {
      const page = ofTenant(tenant).filter(({ seq }) => seq > after && seq <= after + rowsMax);
      const isAbout = ({ subject, target }: ChainedEvent): boolean =>
        subject === `user:${userId}` || target?.split('/').includes(userId) === true;
      return Promise.resolve(page.filter(isAbout));
    },
    head: (tenant) => {
      const last = ofTenant(tenant).at(-1);
      return Promise.resolve(last === undefined ? emptyChain : { seq: last.seq, hash: last.hash });
    },
    cut: () => Promise.resolve(emptyChain),
    sealedLines: () => Promise.resolve([]),
    sealedRecords: () => Promise.resolve(0),
    usageCut: () => Promise.resolve(emptyCut),
  };
}

/** Keeps what it is told in `acts`, and notes in `calls` when it was flushed. */
export function memoryAuditLog(
  acts: AuditAct[],
  calls: string[],
): Pick<AuditLog, 'record' | 'note' | 'flush'> {
  return {
    record: (act) => Promise.resolve(void acts.push(act)),
    note: (act) => void acts.push(act),
    flush: () => Promise.resolve(void calls.push('flush')),
  };
}

/** Keeps what is set, for all tenants at once. */
export function memoryRetention(): Pick<RetentionStore, 'settings' | 'change'> {
  let kept: Retention = { usageDays: null, auditDays: null, chatDays: null, version: 0 };
  return {
    settings: () => Promise.resolve(kept),
    change: (_tenant, change) => {
      kept = { ...kept, ...change, version: kept.version + 1 };
      return Promise.resolve(kept);
    },
  };
}
