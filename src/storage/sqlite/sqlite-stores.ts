import { createStores } from '../stores/create-stores.ts';
import type { DatabaseClient } from './database-client.ts';
import { createQueryBuilder } from './query-builder.ts';

/** The stores over one database thread. */
export function sqliteStores(client: DatabaseClient): ReturnType<typeof createStores> {
  return createStores({
    query: createQueryBuilder(client),
    transact: (name, parameters) => client.transact(name, parameters),
    insertUsage: (lines) => client.insertUsage(lines),
    scrub: () => client.scrub(),
  });
}
