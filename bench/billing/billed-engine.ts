import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlanTerms, RatedRecords } from '../../src/billing/store.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import { createQueryBuilder } from '../../src/storage/sqlite/query-builder.ts';
import { openDatabase } from '../../src/storage/sqlite/open-database.ts';
import { StatementRunner } from '../../src/storage/sqlite/statement-runner.ts';
import { UsageWriter } from '../../src/storage/sqlite/usage-writer.ts';
import type { DatabaseClient } from '../../src/storage/sqlite/database-client.ts';
import type { Statement } from '../../src/storage/sqlite/worker-protocol.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { createStores } from '../../src/storage/stores/create-stores.ts';
import { createTransactionMemo } from '../../src/storage/stores/transaction-memo.ts';
import { stepsOf, type TransactionResult } from '../../src/storage/stores/transactions.ts';
import { newTenant } from '../../test/storage/contract/fixtures.ts';
import { makeDatabase } from '../../test/support/postgres-databases.ts';
import { startPostgres } from '../../test/support/start-postgres.ts';
import { readTree } from '../cpu-meter.ts';

const A = tenantId('ten_a');
const DAY_MS = 86_400_000;

/** CPU time of a gateway's part, and of a database server beside it. */
export interface EngineMicros {
  readonly own: number;
  readonly server: number;
}

/** A database as a gateway has it, with a tenant on a plan; its work is done in this process. */
export interface BilledEngine extends AsyncDisposable {
  /** Drains lines of the log as one batch. */
  drain(lines: Uint8Array): Promise<void>;
  /** Rates everything that is pending; how many charges it came to. */
  rateAll(): Promise<number>;
  /** CPU time so far, in microseconds: of the gateway's part, and of a server beside it. */
  cpuMicros(): EngineMicros;
}

/**
 * SQLite on a file with the gateway's settings, in this thread instead of one of its own: what the
 * database itself takes is in the CPU time.
 */
export async function openSqliteEngine(terms: PlanTerms): Promise<BilledEngine> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const { database, close } = openDatabase({ dataDir, nowMs: Date.now() });
  const runner = new StatementRunner(database);
  const memo = createTransactionMemo();
  const usage = new UsageWriter(database, runner);
  const stores = createStores({
    query: createQueryBuilder({
      run: async (statement: Statement) => runner.run(statement),
    } as unknown as DatabaseClient),
    transact: async (name, parameters) =>
      runner.runSteps(stepsOf(name, parameters, memo)) as TransactionResult<typeof name>,
    insertUsage: async (lines) => usage.insert(lines),
    scrub: () => Promise.resolve(),
  });
  const engine = await billedEngine(stores, terms, () => {
    return { own: sumOf(process.threadCpuUsage()), server: 0 };
  });
  return {
    ...engine,
    [Symbol.asyncDispose]: async () => {
      close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** PostgreSQL on this machine, which takes time of its own beside what is counted here. */
export async function openPostgresEngine(
  programs: string,
  terms: PlanTerms,
): Promise<BilledEngine> {
  const server = await startPostgres(programs);
  const made = await makeDatabase(server.url);
  const storage = await openPostgresStorage({
    url: made.url,
    poolMax: 2,
    connectMs: 10_000,
    statementMs: 30_000,
    log: silentLog,
  });
  const engine = await billedEngine(storage, terms, () => {
    const own = sumOf(process.cpuUsage());
    // The server is a child of this process, and does nothing else meanwhile.
    return { own, server: readTree(process.pid).cpuNanos / 1000 - own };
  });
  return {
    ...engine,
    [Symbol.asyncDispose]: async () => {
      await storage.close();
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function billedEngine(
  stores: Stores,
  terms: PlanTerms,
  cpuMicros: () => EngineMicros,
): Promise<Omit<BilledEngine, keyof AsyncDisposable>> {
  await subscribe(stores, terms);
  const fence = await stores.leases.acquire('billing.rate', 'bench', 3_600_000);
  if (fence === undefined) throw new Error('somebody else rates this database');
  return {
    drain: async (lines) => {
      const refused = await stores.usage.insert(lines);
      if (refused.length > 0) throw new Error(`${refused.length} records were refused`);
    },
    rateAll: async () => {
      let charges = 0;
      for (let rated: RatedRecords | undefined; rated === undefined || rated.hasMore;) {
        rated = await stores.charges.rateUsage(A, Date.now(), fence);
        if (rated === undefined || rated.refused > 0) throw new Error('rating failed');
        charges += rated.charges;
      }
      return charges;
    },
    cpuMicros,
  };
}

function sumOf({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}

async function subscribe(stores: Stores, terms: PlanTerms): Promise<void> {
  const startsAtMs = Date.now() - DAY_MS;
  const times = { createdAtMs: startsAtMs, updatedAtMs: startsAtMs };
  await stores.tenants.create(newTenant(A));
  await stores.plans.insert({ id: 'pln_1', name: 'bench', description: '', ...times, version: 1 });
  const draft = { id: 'plv_1', planId: 'pln_1', terms, createdAtMs: startsAtMs };
  await stores.plans.insertVersion(draft);
  const place = { planId: 'pln_1', id: 'plv_1', ifVersion: undefined };
  await stores.plans.publish(place, startsAtMs);
  await stores.subscriptions.insert(A, {
    tenant: A,
    id: 'sub_1',
    planVersionId: 'plv_1',
    startsAtMs,
    endsAtMs: null,
    anchorMs: startsAtMs,
    timeZone: 'UTC',
    createdAtMs: startsAtMs,
    version: 1,
  });
}
