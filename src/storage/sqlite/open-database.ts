import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { limits } from '../../kernel/limits.ts';
import { lockFolder } from './folder-lock.ts';
import { migrateSqlite, sqliteMigrations } from './migrate-sqlite.ts';
import type { WorkerStart } from './worker-protocol.ts';

/** The open database of a data folder. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** The names of the migrations that it lacked. */
  readonly appliedMigrations: readonly string[];
  close(): void;
}

/** Locks the folder, opens its database and brings the schema up to date. */
export function openDatabase({ dataDir, nowMs }: WorkerStart): OpenDatabase {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(dataDir);
  let database: DatabaseSync | undefined;
  try {
    const path = join(dataDir, 'gateway.db');
    // SQLite gives its side files the mode of the main one, so make that one first.
    closeSync(openSync(path, 'a', 0o600));
    database = new DatabaseSync(path, { timeout: limits.databaseBusyMs });
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = 16777216;
    `);
    const appliedMigrations = migrateSqlite(database, sqliteMigrations(), nowMs);
    const opened = database;
    return {
      database,
      appliedMigrations,
      close: () => {
        opened.close();
        lock.release();
      },
    };
  } catch (error) {
    database?.close();
    lock.release();
    throw error;
  }
}
