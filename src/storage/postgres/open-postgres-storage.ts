import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Storage } from '../storage.ts';
import { createStores } from '../stores/create-stores.ts';
import { createTransactionMemo } from '../stores/transaction-memo.ts';
import { stepsOf, type TransactionResult } from '../stores/transactions.ts';
import { databasePlace, type PostgresSettings } from './client-settings.ts';
import { migratePostgres, postgresMigrations } from './migrate-postgres.ts';
import { createPostgresPool } from './postgres-pool.ts';
import { createQueryBuilder } from './query-builder.ts';
import { runTransaction } from './run-transaction.ts';
import { sqlStateOf } from './storage-error.ts';
import { insertUsage } from './usage-writer.ts';

/** Which database, and who hears of it. */
export interface PostgresStorageOptions extends PostgresSettings {
  readonly log: Log;
  readonly now?: () => number;
}

/**
 * Opens storage on PostgreSQL and brings its tables up to date. Rejects with one clear sentence:
 * `storage_unavailable` when the database cannot be reached, `conflict` when it was written by a
 * newer gateway.
 */
export async function openPostgresStorage(options: PostgresStorageOptions): Promise<Storage> {
  const { log, now = Date.now } = options;
  const pool = createPostgresPool(options, log);
  try {
    const appliedMigrations = await migratePostgres(pool, postgresMigrations(), now());
    if (appliedMigrations.length > 0) {
      log.info({ migrations: appliedMigrations.length }, 'the database was brought up to date');
    }
    const memo = createTransactionMemo();
    const stores = createStores({
      query: createQueryBuilder(pool),
      transact: async (name, parameters) => {
        const result = await runTransaction(pool, () => stepsOf(name, parameters, memo));
        return result as TransactionResult<typeof name>;
      },
      insertUsage: (lines) => insertUsage(pool, lines),
      // The server overwrites dead rows when it needs their room, and nobody can hurry it.
      scrub: () => Promise.resolve(),
    });
    return { ...stores, appliedMigrations, close: () => pool.close() };
  } catch (error) {
    await pool.close();
    throw cannotOpen(options.url, error);
  }
}

/** One sentence; the server's own words tell an operator what to put right. */
export function cannotOpen(url: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  const [first] = (message || String(code)).split('\n', 1);
  const verb = sqlStateOf(error) === undefined ? 'cannot be reached' : 'cannot be used';
  const reason = String(first).replace(/\.$/, '');
  const text = `The database at ${databasePlace(url)} ${verb}: ${reason}.`;
  return new GatewayError('storage_unavailable', text, { cause: error });
}
