import { Pool, type PoolClient, type QueryResult } from 'pg';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { clientSettings, type PostgresSettings } from './client-settings.ts';
import { leavesConnectionWhole, toStorageError } from './storage-error.ts';

/** Connections to one database: bounded, timed, and replaced when they break. */
export interface PostgresPool {
  /** Runs one statement. Rejects with GatewayError. */
  query(text: string, values: readonly unknown[]): Promise<QueryResult>;
  /** Lends a connection to the work. Rejects with what the work or the driver throws. */
  withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
  /** Waits for what is running, then closes all connections. */
  close(): Promise<void>;
}

/** Makes the pool; the first connection is made when it is needed. */
export function createPostgresPool(settings: PostgresSettings, log: Log): PostgresPool {
  const pool = new Pool({
    ...clientSettings(settings),
    max: settings.poolMax,
    idleTimeoutMillis: limits.databaseIdleMs,
  });
  // Without listeners a connection that breaks would end the process: those lent out have none of
  // the pool's, and report to who has them as well.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => log.warn({ reason: error.message }, 'a database connection broke'));
  const withClient: PostgresPool['withClient'] = async (work) => {
    const client = await pool.connect();
    let isWhole = true;
    try {
      return await work(client);
    } catch (error) {
      isWhole = leavesConnectionWhole(error);
      throw error;
    } finally {
      client.release(!isWhole);
    }
  };
  let closing: Promise<void> | undefined;
  return {
    query: async (text, values) => {
      try {
        return await withClient((client) => client.query(text, [...values]));
      } catch (error) {
        throw toStorageError(error);
      }
    },
    withClient,
    close: () => (closing ??= pool.end()),
  };
}
