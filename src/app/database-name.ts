import { join } from 'node:path';
import type { Config } from './config/config-schema.ts';

/** Names the database of the configuration for people, without its password. */
export function databaseName({ database, data }: Config): string {
  if (database.url === undefined) return `SQLite in ${join(data.directory, 'gateway.db')}`;
  const { host, pathname } = new URL(database.url);
  return `PostgreSQL at ${host}${pathname}`;
}
