import type { VersionStore } from '../../jobs/store.ts';
import type { Database } from './database.ts';

/** The counters of what instances keep copies of. */
export function createVersionStore({ query }: Database): VersionStore {
  return {
    list: (withinMs) =>
      query
        .selectFrom('domain_version')
        .select(['domain', 'tenant_id as tenant', 'version'])
        .$if(withinMs !== undefined, (select) =>
          select.where('changed_at_ms', '>=', (build) =>
            build
              .selectFrom('database_clock')
              .select((clock) => clock('now_ms', '-', withinMs as number).as('from_ms')),
          ),
        )
        .execute(),
  };
}
