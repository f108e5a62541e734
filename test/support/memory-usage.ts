import type { TenantId } from '../../src/kernel/principal.ts';
import type { UsageQuery, UsageStore } from '../../src/metering/store.ts';
import type { UsageRecord } from '../../src/metering/usage-fields.ts';

/** Reads records out of a list that a test fills; `calls` is told when they are listed. */
export function memoryUsage(
  records: readonly UsageRecord[],
  calls: string[],
): Pick<UsageStore, 'list' | 'ofUser' | 'totals'> {
  const list = (tenant: TenantId, query: UsageQuery): readonly UsageRecord[] => {
    calls.push('list');
    const { after, serviceId, fromMs = 0, toMs = Infinity, descending, rowsMax } = query;
    const own = records
      .filter((record) => record.tenant === tenant)
      .filter((record) => serviceId === undefined || record.serviceId === serviceId)
      .filter((record) => record.startedAtMs >= fromMs && record.startedAtMs < toMs)
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const ordered = descending ? own.toReversed() : own;
    const isAfter = (id: string) => after === undefined || (descending ? id < after : id > after);
    return ordered.filter(({ id }) => isAfter(id)).slice(0, rowsMax);
  };
  return {
    list: (tenant, query) => Promise.resolve(list(tenant, query)),
    ofUser: (tenant, userId, after, rowsMax) => {
      const page = list(tenant, { after, descending: false, rowsMax });
      const next = page.length < rowsMax ? null : (page.at(-1)?.id ?? null);
      return Promise.resolve({ records: page.filter((one) => one.userId === userId), next });
    },
    totals: (tenant) => {
      const own = records.filter((record) => record.tenant === tenant);
      return Promise.resolve({
        records: own.length,
        bytesIn: own.reduce((sum, record) => sum + record.bytesIn, 0),
        bytesOut: own.reduce((sum, record) => sum + record.bytesOut, 0),
      });
    },
  };
}
