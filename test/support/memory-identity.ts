import { DatabaseSync } from 'node:sqlite';
import type {
  Account,
  Membership,
  NewKey,
  NewTenant,
  ServiceAccount,
} from '../../src/identity/store.ts';
import type { TenantId } from '../../src/kernel/principal.ts';
import type { DatabaseClient } from '../../src/storage/sqlite/database-client.ts';
import { migrateSqlite, sqliteMigrations } from '../../src/storage/sqlite/migrate-sqlite.ts';
import { createQueryBuilder } from '../../src/storage/sqlite/query-builder.ts';
import { resultCodeOf } from '../../src/storage/sqlite/result-codes.ts';
import { StatementRunner } from '../../src/storage/sqlite/statement-runner.ts';
import { toStorageError } from '../../src/storage/sqlite/storage-error.ts';
import type { Statement } from '../../src/storage/sqlite/worker-protocol.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { UsageWriter } from '../../src/storage/sqlite/usage-writer.ts';
import { createStores } from '../../src/storage/stores/create-stores.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { createTransactionMemo } from '../../src/storage/stores/transaction-memo.ts';
import { stepsOf, type TransactionName } from '../../src/storage/stores/transactions.ts';

/** The real stores on a database in memory, which a test fills and changes at once. */
export interface MemoryIdentity extends Stores {
  addTenant(created: NewTenant): void;
  addUser(tenant: TenantId, membership: Membership, account: Account): void;
  addServiceAccount(tenant: TenantId, serviceAccount: ServiceAccount): void;
  addKey(tenant: TenantId, created: NewKey): void;
  /** Runs a statement of SQL. */
  fill(sql: string): void;
  /** Changes a column of a key. */
  setKey(keyId: string, column: 'revoked_at_ms' | 'expires_at_ms', atMs: number): void;
}

/** Opens them, empty. */
export function memoryIdentity(): MemoryIdentity {
  const database = new DatabaseSync(':memory:');
  database.exec('PRAGMA foreign_keys = ON');
  migrateSqlite(database, sqliteMigrations(), 0);
  const runner = new StatementRunner(database);
  const settled = async <Result>(work: () => Result): Promise<Result> => {
    try {
      return work();
    } catch (error) {
      const code = error instanceof GatewayError ? { code: error.code } : {};
      const text = error instanceof Error ? error.message : String(error);
      throw toStorageError({ text, resultCode: resultCodeOf(error), ...code });
    }
  };
  const run = (statement: Statement) => settled(() => runner.run(statement));
  let usage: UsageWriter | undefined;
  const runSteps = (name: TransactionName, parameters: unknown) =>
    runner.runSteps(stepsOf(name, parameters, createTransactionMemo()));
  const stores = createStores({
    query: createQueryBuilder({ run } as unknown as DatabaseClient),
    transact: (name, parameters) => settled(() => runSteps(name, parameters) as never),
    // Made when it is needed: hardly any test writes usage.
    insertUsage: async (lines) => (usage ??= new UsageWriter(database, runner)).insert(lines),
    scrub: () => Promise.resolve(),
  });
  return {
    ...stores,
    addTenant: (created) => void runSteps('createTenant', created),
    addUser: (tenant, membership, account) =>
      void runSteps('addMember', { tenant, membership, account }),
    addServiceAccount: (tenant, serviceAccount) =>
      void runSteps('insertServiceAccount', { tenant, serviceAccount }),
    fill: (sql) => database.exec(sql),
    setKey: (keyId, column, atMs) =>
      void database.prepare(`UPDATE api_key SET ${column} = ? WHERE id = ?`).run(atMs, keyId),
    addKey: (tenant, created) => void runSteps('createKey', { tenant, created }),
  };
}
