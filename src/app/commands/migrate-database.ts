import type { Log } from '../../kernel/log.ts';
import type { Config } from '../config/config-schema.ts';
import { databaseName } from '../database-name.ts';
import { openStorage } from '../open-storage.ts';

/** What bringing a database up to date did. */
export interface MigrationReport {
  /** Where the database is, for people. */
  readonly database: string;
  /** The names of the migrations that were applied; none when it was up to date. */
  readonly applied: readonly string[];
}

/**
 * Brings the database of the configuration up to date and lets go of it. Throws GatewayError with
 * one clear sentence.
 */
export async function migrateDatabase(config: Config, log: Log): Promise<MigrationReport> {
  const storage = await openStorage(config, log);
  await storage.close();
  return { database: databaseName(config), applied: storage.appliedMigrations };
}
