import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  decodeUsageLine,
  usageFields,
  usagePlace,
  type RefusedLine,
  type UsageRow,
} from '../../metering/store.ts';
import { resultCodeOf, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG } from './result-codes.ts';
import { inTransaction } from './statement-runner.ts';
import { UsageOrigins } from './usage-origins.ts';

/** The fields that are a record's own. */
const FACT = usageFields.filter(({ part }) => part === 'fact');

/** Rows of one statement: ten at a time cost a sixth less than one at a time. */
const ROWS_TOGETHER = 10;

const COLUMNS = ['tenant', 'origin', ...FACT.map(({ column }) => column)];
const PLACES = FACT.map(({ name }) => usagePlace(name));
const ROW = `(${COLUMNS.map(() => '?').join(', ')})`;
const INSERT = `INSERT INTO usage_fact (${COLUMNS.join(', ')}) VALUES`;

const ADD_TO_TOTAL = `INSERT INTO usage_total (tenant_id, records, bytes_in, bytes_out)
  VALUES (?, ?, ?, ?) ON CONFLICT (tenant_id) DO UPDATE SET
  records = records + excluded.records, bytes_in = bytes_in + excluded.bytes_in,
  bytes_out = bytes_out + excluded.bytes_out`;

const ID = usagePlace('id');
const CHARGE_KEY = usagePlace('chargeKey');
const TENANT = usagePlace('tenant');
const BYTES_IN = usagePlace('bytesIn');
const BYTES_OUT = usagePlace('bytesOut');

interface Sum {
  records: number;
  bytesIn: number;
  bytesOut: number;
}

/** One insertion of lines: the rows decoded, what was refused, what the totals grow by. */
interface Batch {
  readonly refused: RefusedLine[];
  readonly sums: Map<string, Sum>;
  /** Rows that wait for a full statement. */
  waiting: UsageRow[];
}

/** Writes usage lines and keeps the tenants' totals in step, in one transaction a batch. */
export class UsageWriter {
  readonly #database: DatabaseSync;
  readonly #insertMany: StatementSync;
  readonly #insertOne: StatementSync;
  readonly #addToTotal: StatementSync;
  readonly #origins: UsageOrigins;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // Fails as a whole on a row that is there already; then its rows are taken one by one.
    const rows = Array.from({ length: ROWS_TOGETHER }, () => ROW).join(', ');
    this.#insertMany = database.prepare(`${INSERT} ${rows}`);
    this.#insertOne = database.prepare(`${INSERT} ${ROW} ON CONFLICT DO NOTHING`);
    this.#addToTotal = database.prepare(ADD_TO_TOTAL);
    this.#origins = new UsageOrigins(database);
  }

  /** Stores what can be stored and returns the rest; throws when the database itself fails. */
  insert(lines: Uint8Array): readonly RefusedLine[] {
    const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('utf8');
    const batch: Batch = { refused: [], sums: new Map(), waiting: [] };
    try {
      inTransaction(this.#database, () => {
        for (const line of text.split('\n')) {
          if (line !== '') this.#take(line, batch);
        }
        for (const row of batch.waiting) this.#storeOne(row, batch);
        for (const [tenant, sum] of batch.sums) {
          this.#addToTotal.run(tenant, sum.records, sum.bytesIn, sum.bytesOut);
        }
      });
    } catch (error) {
      this.#origins.forget();
      throw error;
    }
    return batch.refused;
  }

  #take(line: string, batch: Batch): void {
    try {
      batch.waiting.push(decodeUsageLine(line));
    } catch (error) {
      refuse(line, error, batch);
    }
    if (batch.waiting.length < ROWS_TOGETHER) return;
    const rows = batch.waiting;
    batch.waiting = [];
    try {
      this.#insertMany.run(...this.#valuesOf(rows));
    } catch (error) {
      if (!isFaultOfTheRow(error)) throw error;
      for (const row of rows) this.#storeOne(row, batch);
      return;
    }
    for (const row of rows) count(row, batch.sums);
  }

  #storeOne(row: UsageRow, batch: Batch): void {
    try {
      if (this.#insertOne.run(...this.#valuesOf([row])).changes !== 0) count(row, batch.sums);
    } catch (error) {
      refuse(JSON.stringify(row), error, batch);
    }
  }

  /** The values of the rows' columns, one row after the other. */
  #valuesOf(rows: readonly UsageRow[]): UsageRow {
    const values: (string | number | null)[] = [];
    for (const row of rows) {
      values.push(this.#origins.tenantOf(row), this.#origins.originOf(row));
      for (const place of PLACES) {
        const value = row[place] ?? null;
        values.push(place === CHARGE_KEY && value === row[ID] ? null : value);
      }
    }
    return values;
  }
}

function count(row: UsageRow, sums: Map<string, Sum>): void {
  const tenant = row[TENANT] as string;
  let sum = sums.get(tenant);
  if (sum === undefined) sums.set(tenant, (sum = { records: 0, bytesIn: 0, bytesOut: 0 }));
  sum.records++;
  sum.bytesIn += row[BYTES_IN] as number;
  sum.bytesOut += row[BYTES_OUT] as number;
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
