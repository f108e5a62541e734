import { mkdirSync, readFileSync } from 'node:fs';
import { GatewayError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { PostgresSettings } from '../storage/postgres/client-settings.ts';
import { openSqliteStorage } from '../storage/sqlite/open-sqlite-storage.ts';
import type { Storage } from '../storage/storage.ts';
import type { Config } from './config/config-schema.ts';

/**
 * Opens the gateway's storage on the engine that the configuration names. Either way the data
 * folder is this process's alone until the storage is closed. Throws GatewayError with one clear
 * sentence.
 */
export async function openStorage(config: Config, log: Log): Promise<Storage> {
  const { directory } = config.data;
  const settings = postgresSettings(config);
  if (settings === undefined) return await openSqliteStorage({ dataDir: directory, log });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // A gateway on the embedded engine has no use for these.
  const { lockFolder } = await import('../storage/sqlite/folder-lock.ts');
  const { openPostgresStorage } = await import('../storage/postgres/open-postgres-storage.ts');
  const lock = lockFolder(directory);
  try {
    const storage = await openPostgresStorage({ ...settings, log });
    const close = async (): Promise<void> => {
      await storage.close();
      lock.release();
    };
    let closing: Promise<void> | undefined;
    return { ...storage, close: () => (closing ??= close()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** How to reach PostgreSQL, or undefined when the engine is the embedded one. */
export function postgresSettings({ database }: Config): PostgresSettings | undefined {
  const { url, tlsCaFile, ...settings } = database;
  if (url === undefined) return undefined;
  const tlsCa = tlsCaFile === undefined ? {} : { tlsCa: readCa(tlsCaFile) };
  return { ...settings, url, ...tlsCa };
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const text = `The file of "database.tlsCaFile", ${path}, cannot be read (${code}).`;
    throw new GatewayError('invalid_configuration', text, { cause: error });
  }
}
