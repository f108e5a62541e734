import { DatabaseSync } from 'node:sqlite';
import type { Charge, PlanTerms, Subscription } from '../../src/billing/store.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { encodeUsageLine, type UsageRecord } from '../../src/metering/store.ts';
import { migrateSqlite, sqliteMigrations } from '../../src/storage/sqlite/migrate-sqlite.ts';
import { StatementRunner } from '../../src/storage/sqlite/statement-runner.ts';
import type { DatabaseClient } from '../../src/storage/sqlite/database-client.ts';
import { createQueryBuilder } from '../../src/storage/sqlite/query-builder.ts';
import type { Statement } from '../../src/storage/sqlite/worker-protocol.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { createStores } from '../../src/storage/stores/create-stores.ts';
import { UsageWriter } from '../../src/storage/sqlite/usage-writer.ts';
import { createTransactionMemo } from '../../src/storage/stores/transaction-memo.ts';
import {
  stepsOf,
  type TransactionName,
  type TransactionParameters,
  type TransactionResult,
} from '../../src/storage/stores/transactions.ts';

/** The tenant of a billing world. */
export const TENANT = tenantId('ten_a');

/** Noon of 1 January 2026 in UTC. */
export const START_MS = Date.UTC(2026, 0, 1, 12);

const fence = { job: 'billing.rate', number: 1 };

/** The database of a gateway in memory, without its thread: usage goes in, charges come out. */
export class BillingWorld implements Disposable {
  readonly tenant = TENANT;
  readonly database = new DatabaseSync(':memory:');
  readonly #runner = new StatementRunner(this.database);
  readonly #memo = createTransactionMemo();
  readonly #usage: UsageWriter;

  constructor() {
    this.database.exec('PRAGMA foreign_keys = ON');
    migrateSqlite(this.database, sqliteMigrations(), 0);
    this.database.exec(`INSERT INTO tenant (id, name, status, settings, created_at_ms, version)
      VALUES ('${TENANT}', 'a', 'active', '{}', 0, 1);
      INSERT INTO plan (id, name, description, created_at_ms, updated_at_ms, version)
      VALUES ('pln_1', 'plan', '', 0, 0, 1)`);
    this.#usage = new UsageWriter(this.database, this.#runner);
    this.database.exec(`INSERT INTO job_lease (name, holder, number, expires_at_ms)
      VALUES ('${fence.job}', 'me', ${fence.number}, 0)`);
  }

  /** The real stores on this database. */
  readonly stores: Stores = createStores({
    query: createQueryBuilder({
      run: async (statement: Statement) => this.#runner.run(statement),
    } as unknown as DatabaseClient),
    transact: async (name, parameters) => this.transact(name, parameters),
    insertUsage: async (lines) => this.#usage.insert(lines),
    scrub: () => Promise.resolve(),
  });

  /** Changes what nobody may change: what guards it is taken away first. */
  tamper(statement: string): void {
    const guards = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    for (const { name } of this.database.prepare(guards).all()) {
      this.database.exec(`DROP TRIGGER ${String(name)}`);
    }
    this.database.exec(`PRAGMA foreign_keys = OFF; ${statement}`);
  }

  /** Puts the tenant on a plan from the start on. */
  subscribe(terms: PlanTerms, changes: Partial<Subscription> = {}): void {
    const subscription = { ...subscriptionOf('sub_1', 'plv_1'), ...changes };
    const { id, planVersionId, startsAtMs, endsAtMs, anchorMs, timeZone } = subscription;
    addPlanRows(this.database, planVersionId, terms);
    this.database
      .prepare(
        `INSERT INTO subscription (tenant_id, id, plan_version_id, starts_at_ms, ends_at_ms,
          anchor_ms, time_zone, created_at_ms, version) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1)`,
      )
      .run(TENANT, id, planVersionId, startsAtMs, endsAtMs, anchorMs, timeZone);
  }

  /** Drains records as one batch; those that are there already are left alone. */
  drain(records: readonly UsageRecord[]): void {
    this.#usage.insert(Buffer.from(records.map(encodeUsageLine).join('')));
  }

  transact<Name extends TransactionName>(
    name: Name,
    parameters: TransactionParameters<Name>,
  ): TransactionResult<Name> {
    const steps = stepsOf(name, parameters, this.#memo);
    return this.#runner.runSteps(steps) as TransactionResult<Name>;
  }

  /** Rates once; what it came to. */
  rate(nowMs = START_MS) {
    const rated = this.transact('rateUsage', { tenant: TENANT, nowMs, fence });
    if (rated === null) throw new Error('the fence is stale');
    return rated;
  }

  /** Rates until nothing is pending. */
  rateAll(nowMs = START_MS): void {
    while (this.rate(nowMs).hasMore);
  }

  /** Opens and closes what is due. */
  turn(nowMs: number): void {
    while (this.turnOnce(nowMs));
  }

  /** The same once; whether there may be more. */
  turnOnce(nowMs: number): boolean {
    return this.transact('turnPeriods', { tenant: TENANT, nowMs, fence }) === true;
  }

  figures() {
    return this.transact('billingFigures', { tenant: TENANT });
  }

  /** Every charge, in the order of keys. */
  charges(): readonly Charge[] {
    const rows = this.database
      .prepare(
        `SELECT gate_key AS gateKey, rule_id AS ruleId, seq, unit, kind, usage_id AS usageId,
          plan_version_id AS planVersionId, subscription_id AS subscriptionId,
          period_start_ms AS periodStartMs, service_period_start_ms AS servicePeriodStartMs,
          quantity, CAST(amount_nano AS TEXT) AS amount, currency, ledger_tx_id AS ledgerTxId,
          at_ms AS atMs FROM charge ORDER BY gate_key, rule_id, seq`,
      )
      .all() as unknown as readonly (Omit<Charge, 'amount'> & { readonly amount: string })[];
    return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
  }

  [Symbol.dispose](): void {
    this.database.close();
  }
}

/** A subscription from the start on, by calendar months of UTC. */
export function subscriptionOf(id: string, planVersionId: string): Subscription {
  const times = { startsAtMs: START_MS, endsAtMs: null, anchorMs: START_MS, timeZone: 'UTC' };
  return { tenant: TENANT, id, planVersionId, ...times };
}

/** Terms in dollars, by month. */
export function termsOf(rules: PlanTerms['rules']): PlanTerms {
  return {
    currency: 'USD',
    period: { unit: 'month', count: 1 },
    rules,
    recurring: [],
    rounding: { mode: 'half_even', at: 'line' },
  };
}

/** A rule about every tool call. */
export function ruleOf(
  id: string,
  unit: PlanTerms['rules'][number]['unit'],
  price: PlanTerms['rules'][number]['price'],
): PlanTerms['rules'][number] {
  return { id, title: id, match: {}, unit, price, priority: 0 };
}

function addPlanRows(database: DatabaseSync, planVersionId: string, terms: PlanTerms): void {
  database
    .prepare(
      `INSERT INTO plan_version (id, plan_id, number, status, terms, created_at_ms, updated_at_ms,
        published_at_ms, version) VALUES (?, 'pln_1', ?, 'published', ?, 0, 0, 0, 1)`,
    )
    .run(planVersionId, Number(/\d+$/.exec(planVersionId)?.[0]), JSON.stringify(terms));
}
