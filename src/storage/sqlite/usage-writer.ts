import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  decodeUsageLine,
  usageFields,
  type RefusedLine,
  type UsageRecord,
  type UsageRow,
} from '../../metering/store.ts';
import { resultCodeOf, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG } from './result-codes.ts';
import { inTransaction } from './statement-runner.ts';

/** The column of each member of a usage record. */
export const usageColumns = {
  id: 'id',
  tenant: 'tenant_id',
  chargeKey: 'charge_key',
  nodeId: 'node_id',
  credentialId: 'credential_id',
  userId: 'user_id',
  sessionId: 'session_id',
  serviceId: 'service_id',
  method: 'method',
  tool: 'tool',
  clientEra: 'client_era',
  upstreamEra: 'upstream_era',
  outcome: 'outcome',
  startedAtMs: 'started_at_ms',
  endedAtMs: 'ended_at_ms',
  durationMs: 'duration_ms',
  upstreamMs: 'upstream_ms',
  bytesIn: 'bytes_in',
  bytesOut: 'bytes_out',
  events: 'events',
  upstreamCalled: 'upstream_called',
} as const satisfies Record<keyof UsageRecord, string>;

const INSERT_RECORD = `INSERT INTO usage_record
  (${usageFields.map((field) => usageColumns[field]).join(', ')})
  VALUES (${usageFields.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`;

const ADD_TO_TOTAL = `INSERT INTO usage_total (tenant_id, records, bytes_in, bytes_out)
  VALUES (?, ?, ?, ?) ON CONFLICT (tenant_id) DO UPDATE SET
  records = records + excluded.records, bytes_in = bytes_in + excluded.bytes_in,
  bytes_out = bytes_out + excluded.bytes_out`;

const TENANT = usageFields.indexOf('tenant');
const BYTES_IN = usageFields.indexOf('bytesIn');
const BYTES_OUT = usageFields.indexOf('bytesOut');

interface Sum {
  records: number;
  bytesIn: number;
  bytesOut: number;
}

/** Writes usage lines and keeps the tenants' totals in step, in one transaction a batch. */
export class UsageWriter {
  readonly #database: DatabaseSync;
  readonly #insertRecord: StatementSync;
  readonly #addToTotal: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insertRecord = database.prepare(INSERT_RECORD);
    this.#addToTotal = database.prepare(ADD_TO_TOTAL);
  }

  /** Stores what can be stored and returns the rest; throws when the database itself fails. */
  insert(lines: Uint8Array): readonly RefusedLine[] {
    const refused: RefusedLine[] = [];
    const sums = new Map<string, Sum>();
    inTransaction(this.#database, () => {
      for (const line of Buffer.from(lines.buffer, lines.byteOffset, lines.length)
        .toString('utf8')
        .split('\n')) {
        if (line !== '') this.#insertLine(line, sums, refused);
      }
      for (const [tenant, sum] of sums) {
        this.#addToTotal.run(tenant, sum.records, sum.bytesIn, sum.bytesOut);
      }
    });
    return refused;
  }

  #insertLine(line: string, sums: Map<string, Sum>, refused: RefusedLine[]): void {
    let row: UsageRow;
    try {
      row = decodeUsageLine(line);
      if (this.#insertRecord.run(...row).changes === 0) return;
    } catch (error) {
      if (!isFaultOfTheLine(error)) throw error;
      refused.push({ line, reason: error instanceof Error ? error.message : 'unknown' });
      return;
    }
    const tenant = row[TENANT] as string;
    let sum = sums.get(tenant);
    if (sum === undefined) sums.set(tenant, (sum = { records: 0, bytesIn: 0, bytesOut: 0 }));
    sum.records++;
    sum.bytesIn += row[BYTES_IN] as number;
    sum.bytesOut += row[BYTES_OUT] as number;
  }
}

/** A line that SQLite or JSON refuses fails alone; SQLite undoes only that statement. */
function isFaultOfTheLine(error: unknown): boolean {
  const code = resultCodeOf(error) & 0xff;
  if (code === 0) return error instanceof SyntaxError || error instanceof TypeError;
  return code === SQLITE_CONSTRAINT || code === SQLITE_MISMATCH || code === SQLITE_TOOBIG;
}
