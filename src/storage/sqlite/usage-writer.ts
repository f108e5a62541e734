import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sealCalls, type CallLine } from '../../audit/store.ts';
import { pendingRuns } from '../../billing/store.ts';
import {
  decodeUsageLine,
  storableRow,
  storedUsageLine,
  usageFields,
  usagePlace,
  type RefusedLine,
  type UsageRow,
} from '../../metering/store.ts';
import { resultCodeOf, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG } from './result-codes.ts';
import { appendAudit } from '../stores/transactions/append-audit.ts';
import {
  beginUsageCount,
  type UsageCount,
} from '../stores/transactions/rollups/add-usage-rollups.ts';
import { inTransaction, type StatementRunner } from './statement-runner.ts';
import { UsageOrigins } from './usage-origins.ts';

/** The fields that are a record's own. */
const FACT = usageFields.filter(({ part }) => part === 'fact');

/** Rows of one statement: ten at a time cost a sixth less than one at a time. */
const ROWS_TOGETHER = 10;

const COLUMNS = ['tenant', 'origin', 'block', ...FACT.map(({ column }) => column)];
const PLACES = FACT.map(({ name }) => usagePlace(name));
const ROW = `(${COLUMNS.map(() => '?').join(', ')})`;
const INSERT = `INSERT INTO usage_fact (${COLUMNS.join(', ')}) VALUES`;

const ADD_TO_TOTAL = `INSERT INTO usage_total (tenant_id, records, bytes_in, bytes_out)
  VALUES (?, ?, ?, ?) ON CONFLICT (tenant_id) DO UPDATE SET
  records = records + excluded.records, bytes_in = bytes_in + excluded.bytes_in,
  bytes_out = bytes_out + excluded.bytes_out`;

const ADD_PENDING = `INSERT INTO usage_pending (tenant_id, block, first_id, last_id, records)
  VALUES (?, ?, ?, ?, ?)`;

const ID = usagePlace('id');
const CHARGE_KEY = usagePlace('chargeKey');
const TENANT = usagePlace('tenant');
const BYTES_IN = usagePlace('bytesIn');
const BYTES_OUT = usagePlace('bytesOut');
const NODE = usagePlace('nodeId');

/** A row, and the line that it was read from. */
interface UsageEntry {
  readonly row: UsageRow;
  readonly line: string;
}

/** What is new of a tenant. */
interface Sum {
  records: number;
  bytesIn: number;
  bytesOut: number;
  readonly nodeId: string;
  readonly calls: CallLine[];
}

/** One insertion of lines: the rows decoded, what was refused, what the totals grow by. */
interface Batch {
  readonly refused: RefusedLine[];
  readonly sums: Map<string, Sum>;
  readonly count: UsageCount;
  /** What its records are sealed under. */
  readonly block: number;
  /** Rows that wait for a full statement. */
  waiting: UsageEntry[];
}

/** Writes usage lines, keeps totals in step and seals what is new, in one transaction a batch. */
export class UsageWriter {
  readonly #database: DatabaseSync;
  readonly #runner: StatementRunner;
  readonly #insertMany: StatementSync;
  readonly #insertOne: StatementSync;
  readonly #addToTotal: StatementSync;
  readonly #addPending: StatementSync;
  readonly #nextBlock: StatementSync;
  readonly #origins: UsageOrigins;

  constructor(database: DatabaseSync, runner: StatementRunner) {
    this.#database = database;
    this.#runner = runner;
    // Fails as a whole on a row that is there already; then its rows are taken one by one.
    const rows = Array.from({ length: ROWS_TOGETHER }, () => ROW).join(', ');
    this.#insertMany = database.prepare(`${INSERT} ${rows}`);
    this.#insertOne = database.prepare(`${INSERT} ${ROW} ON CONFLICT DO NOTHING`);
    this.#addToTotal = database.prepare(ADD_TO_TOTAL);
    this.#addPending = database.prepare(ADD_PENDING);
    this.#nextBlock = database.prepare('UPDATE usage_block SET last = last + 1 RETURNING last');
    this.#origins = new UsageOrigins(database);
  }

  /** Stores what can be stored and returns the rest; throws when the database itself fails. */
  insert(lines: Uint8Array): readonly RefusedLine[] {
    const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('utf8');
    const refused: RefusedLine[] = [];
    try {
      inTransaction(this.#database, () => {
        const { last: block } = this.#nextBlock.get() as { readonly last: number };
        const count = this.#runner.runStepsInside(beginUsageCount());
        const batch: Batch = { refused, sums: new Map(), count, block, waiting: [] };
        for (const line of text.split('\n')) {
          if (line !== '') this.#take(line, batch);
        }
        for (const entry of batch.waiting) this.#storeOne(entry, batch);
        this.#finish(batch);
      });
    } catch (error) {
      this.#origins.forget();
      throw error;
    }
    return refused;
  }

  #take(line: string, batch: Batch): void {
    try {
      batch.waiting.push({ row: storableRow(line, decodeUsageLine(line)), line });
    } catch (error) {
      refuse(line, error, batch);
    }
    if (batch.waiting.length < ROWS_TOGETHER) return;
    const entries = batch.waiting;
    batch.waiting = [];
    try {
      this.#insertMany.run(...this.#valuesOf(entries, batch.block));
    } catch (error) {
      if (!isFaultOfTheRow(error)) throw error;
      for (const entry of entries) this.#storeOne(entry, batch);
      return;
    }
    for (const entry of entries) count(entry, batch);
  }

  #storeOne(entry: UsageEntry, batch: Batch): void {
    try {
      const { changes } = this.#insertOne.run(...this.#valuesOf([entry], batch.block));
      if (changes !== 0) count(entry, batch);
    } catch (error) {
      refuse(entry.line, error, batch);
    }
  }

  /** The values of the rows' columns, one row after the other. */
  #valuesOf(entries: readonly UsageEntry[], block: number): UsageRow {
    const values: (string | number | null)[] = [];
    for (const { row } of entries) {
      values.push(this.#origins.tenantOf(row), this.#origins.originOf(row), block);
      for (const place of PLACES) {
        const value = row[place] ?? null;
        values.push(place === CHARGE_KEY && value === row[ID] ? null : value);
      }
    }
    return values;
  }

  /** What is new of each tenant is added to its totals, sealed into its chain and not rated yet. */
  #finish(batch: Batch): void {
    const atMs = Date.now();
    const { block } = batch;
    this.#runner.runStepsInside(batch.count.write());
    for (const [tenant, sum] of batch.sums) {
      const { records, bytesIn, bytesOut, nodeId, calls } = sum;
      this.#addToTotal.run(tenant, records, bytesIn, bytesOut);
      for (const run of pendingRuns(calls.map(({ id }) => id))) {
        this.#addPending.run(tenant, block, run.firstId, run.lastId, run.records);
      }
      const sealed = sealCalls({ tenant, block, nodeId, atMs, calls });
      this.#runner.runStepsInside(appendAudit({ tenant: sealed.tenant, events: [sealed] }));
    }
  }
}

/** Keeps no row: what a batch keeps of its records is what the collector has to carry along. */
function count({ row, line }: UsageEntry, batch: Batch): void {
  const tenant = row[TENANT] as string;
  let sum = batch.sums.get(tenant);
  if (sum === undefined) {
    sum = { records: 0, bytesIn: 0, bytesOut: 0, nodeId: row[NODE] as string, calls: [] };
    batch.sums.set(tenant, sum);
  }
  sum.records++;
  sum.bytesIn += row[BYTES_IN] as number;
  sum.bytesOut += row[BYTES_OUT] as number;
  sum.calls.push({ id: row[ID] as string, line: storedUsageLine(line, row) });
  batch.count.add(row);
}

function refuse(line: string, error: unknown, { refused }: Batch): void {
  if (!isFaultOfTheRow(error)) throw error;
  refused.push({ line, reason: error instanceof Error ? error.message : 'unknown' });
}

/** A row that SQLite or JSON refuses fails alone; SQLite undoes only that statement. */
function isFaultOfTheRow(error: unknown): boolean {
  const code = resultCodeOf(error) & 0xff;
  if (code === 0) return error instanceof SyntaxError || error instanceof TypeError;
  return code === SQLITE_CONSTRAINT || code === SQLITE_MISMATCH || code === SQLITE_TOOBIG;
}
