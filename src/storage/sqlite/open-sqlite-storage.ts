import { resolve } from 'node:path';
import type { Log } from '../../kernel/log.ts';
import type { Storage } from '../storage.ts';
import { DatabaseClient } from './database-client.ts';

/** Where the embedded database is and who hears of it. */
export interface SqliteStorageOptions {
  /** The data folder; made when it is missing. One gateway holds it at a time. */
  readonly dataDir: string;
  readonly log: Log;
  readonly now?: () => number;
}

/**
 * Opens the embedded storage. Rejects with `conflict` when another gateway holds the folder, or
 * when the database was written by a newer gateway.
 */
export async function openSqliteStorage(options: SqliteStorageOptions): Promise<Storage> {
  const { dataDir, log, now = Date.now } = options;
  // The query builder is 300 modules: they are loaded while the thread opens the database.
  const [client, { sqliteStores }] = await Promise.all([
    DatabaseClient.start({ dataDir: resolve(dataDir), nowMs: now() }, log),
    import('./sqlite-stores.ts'),
  ]);
  const { appliedMigrations } = client;
  return { ...sqliteStores(client), appliedMigrations, close: () => client.close() };
}
