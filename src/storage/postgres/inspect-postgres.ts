import type { Log } from '../../kernel/log.ts';
import { missingMigrations, type AppliedMigration } from '../migration-files.ts';
import type { PostgresSettings } from './client-settings.ts';
import { postgresMigrations } from './migrate-postgres.ts';
import { cannotOpen } from './open-postgres-storage.ts';
import { createPostgresPool } from './postgres-pool.ts';

/** What a database is like. */
export interface PostgresInspection {
  readonly serverVersion: string;
  /** How many migrations it lacks. */
  readonly missing: number;
}

/**
 * Looks at a database without changing it. Rejects as `openPostgresStorage` does when the gateway
 * could not open it.
 */
export async function inspectPostgres(
  settings: PostgresSettings,
  log: Log,
): Promise<PostgresInspection> {
  const pool = createPostgresPool({ ...settings, poolMax: 1 }, log);
  try {
    return await pool.withClient(async (client) => {
      const server = await client.query<{ readonly version: string; readonly made: boolean }>(
        `SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
           to_regclass('schema_migration') IS NOT NULL AS made`,
      );
      const [{ version, made } = { version: '', made: false }] = server.rows;
      const applied = made
        ? await client.query<AppliedMigration>(
            'SELECT version, name, checksum FROM schema_migration ORDER BY version',
          )
        : { rows: [] };
      const missing = missingMigrations(applied.rows, postgresMigrations()).length;
      return { serverVersion: version, missing };
    });
  } catch (error) {
    throw cannotOpen(settings.url, error);
  } finally {
    await pool.close();
  }
}
