import type { PoolClient } from 'pg';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import {
  missingMigrations,
  readMigrations,
  type AppliedMigration,
  type Migration,
} from '../migration-files.ts';
import type { PostgresPool } from './postgres-pool.ts';

/** SQLite's migrations up to this number are one file here; later ones have the same numbers. */
const FOUNDATION = 5;
/** Names the lock under which one gateway at a time migrates: `mcpg` as a number. */
const MIGRATION_LOCK = 0x6d_63_70_67;

/** The migrations of PostgreSQL. */
export function postgresMigrations(): readonly Migration[] {
  return readMigrations(new URL('../migrations/postgres/', import.meta.url), FOUNDATION);
}

/**
 * Brings the database to the newest migration, all of them or none; returns the names of those
 * applied. Gateways that start at once wait for each other. Throws `conflict` on a database that
 * a newer gateway wrote or whose history differs; otherwise what the driver throws.
 */
export function migratePostgres(
  pool: PostgresPool,
  migrations: readonly Migration[],
  nowMs: number,
): Promise<readonly string[]> {
  return pool.withClient(async (client) => {
    await client.query('BEGIN');
    try {
      const names = await migrateLocked(client, migrations, nowMs);
      await client.query('COMMIT');
      return names;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  });
}

async function migrateLocked(
  client: PoolClient,
  migrations: readonly Migration[],
  nowMs: number,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  if (rows[0]?.server_encoding !== 'UTF8') {
    throw new GatewayError('conflict', 'The database must have the encoding UTF8.');
  }
  await client.query(`SET LOCAL statement_timeout = ${limits.databaseMigrationMs}`);
  const patient = { query_timeout: limits.databaseMigrationMs };
  await client.query({ ...patient, text: `SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})` });
  await client.query(`CREATE TABLE IF NOT EXISTS schema_migration (
    version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
    applied_at_ms bigint NOT NULL)`);
  const applied = await client.query<AppliedMigration>(
    'SELECT version, name, checksum FROM schema_migration ORDER BY version',
  );
  const missing = missingMigrations(applied.rows, migrations);
  for (const { version, name, checksum, sql } of missing) {
    await client.query({ ...patient, text: sql });
    await client.query('INSERT INTO schema_migration VALUES ($1, $2, $3, $4)', [
      version,
      name,
      checksum,
      nowMs,
    ]);
  }
  return missing.map(({ name }) => name);
}
