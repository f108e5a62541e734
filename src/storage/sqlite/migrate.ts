import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../kernel/errors.ts';

/** One numbered SQL file. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** Reads the SQL files of a folder in order: `0001-name.sql`, `0002-name.sql` and so on. */
export function readMigrations(folder: URL): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => FILE_NAME.test(name))
    .toSorted();
  return names.map((name, index) => {
    const version = Number(FILE_NAME.exec(name)?.[1]);
    if (version !== index + 1) throw new Error(`migration ${name} is out of order`);
    const sql = readFileSync(new URL(name, folder), 'utf8');
    return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/**
 * Brings the database to the newest migration, each in its own transaction; returns how many were
 * applied. Throws `conflict` on a database that a newer gateway wrote or whose history differs.
 */
export function migrate(
  database: DatabaseSync,
  migrations: readonly Migration[],
  nowMs: number,
): number {
  database.exec(`CREATE TABLE IF NOT EXISTS schema_migration (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
    applied_at_ms INTEGER NOT NULL) STRICT`);
  const applied = database
    .prepare('SELECT version, name, checksum FROM schema_migration ORDER BY version')
    .all() as unknown as Pick<Migration, 'version' | 'name' | 'checksum'>[];
  for (const [index, row] of applied.entries()) checkApplied(row, migrations[index], migrations);
  const missing = migrations.slice(applied.length);
  for (const migration of missing) apply(database, migration, nowMs);
  return missing.length;
}

function checkApplied(
  row: Pick<Migration, 'version' | 'name' | 'checksum'>,
  known: Migration | undefined,
  migrations: readonly Migration[],
): void {
  if (known === undefined) {
    throw new GatewayError(
      'conflict',
      `The database was written by a newer gateway: it has migration ${row.name}, ` +
        `and this gateway knows ${migrations.length}.`,
    );
  }
  if (row.version !== known.version || row.checksum !== known.checksum) {
    throw new GatewayError(
      'conflict',
      `Migration ${known.name} is not the one this database was made with (${row.name}); ` +
        'restore the original file.',
    );
  }
}

function apply(database: DatabaseSync, migration: Migration, nowMs: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(migration.sql);
    database
      .prepare('INSERT INTO schema_migration VALUES (?, ?, ?, ?)')
      .run(migration.version, migration.name, migration.checksum, nowMs);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
