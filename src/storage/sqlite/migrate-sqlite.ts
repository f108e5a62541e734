import type { DatabaseSync } from 'node:sqlite';
import {
  missingMigrations,
  readMigrations,
  type AppliedMigration,
  type Migration,
} from '../migration-files.ts';

/** The migrations of the embedded engine. */
export function sqliteMigrations(): readonly Migration[] {
  return readMigrations(new URL('../migrations/sqlite/', import.meta.url));
}

/**
 * Brings the database to the newest migration, all in one transaction: a new database has many, and
 * each commit is a trip to the disk. Returns the names of those applied. Throws `conflict` on a
 * database that a newer gateway wrote or whose history differs.
 */
export function migrateSqlite(
  database: DatabaseSync,
  migrations: readonly Migration[],
  nowMs: number,
): readonly string[] {
  database.exec(`CREATE TABLE IF NOT EXISTS schema_migration (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
    applied_at_ms INTEGER NOT NULL) STRICT`);
  const applied = database
    .prepare('SELECT version, name, checksum FROM schema_migration ORDER BY version')
    .all() as unknown as AppliedMigration[];
  const missing = missingMigrations(applied, migrations);
  if (missing.length > 0) apply(database, missing, nowMs);
  return missing.map(({ name }) => name);
}

function apply(database: DatabaseSync, missing: readonly Migration[], nowMs: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const note = database.prepare('INSERT INTO schema_migration VALUES (?, ?, ?, ?)');
    for (const { version, name, checksum, sql } of missing) {
      database.exec(sql);
      note.run(version, name, checksum, nowMs);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
