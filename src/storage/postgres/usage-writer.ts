import type { PoolClient } from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../kernel/limits.ts';
import {
  decodeUsageLine,
  usageFields,
  type RefusedLine,
  type UsageField,
  type UsageRow,
} from '../../metering/store.ts';
import type { PostgresPool } from './postgres-pool.ts';
import { isFaultOfTheRow, mayWinAgain, toStorageError } from './storage-error.ts';

const COLUMNS = usageFields.map(({ column }) => column).join(', ');
const TYPES: Readonly<Record<UsageField['type'], string>> = {
  text: 'text',
  integer: 'bigint',
  real: 'double precision',
  boolean: 'bigint',
};
const ARRAYS = usageFields.map(({ type }, index) => `$${index + 1}::${TYPES[type]}[]`).join(', ');

/**
 * One statement is the whole batch: what is there already is left alone, and the totals grow by
 * what was really inserted. Sorted, so that two gateways wait for each other in one order.
 */
const INSERT = `WITH inserted AS (
    INSERT INTO usage_record (${COLUMNS})
    SELECT * FROM unnest(${ARRAYS}) AS line (${COLUMNS}) ORDER BY tenant_id, id
    ON CONFLICT (tenant_id, id) DO NOTHING RETURNING tenant_id, bytes_in, bytes_out
  )
  INSERT INTO usage_total (tenant_id, records, bytes_in, bytes_out)
  SELECT tenant_id, count(*), sum(bytes_in), sum(bytes_out) FROM inserted
  GROUP BY tenant_id ORDER BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET records = usage_total.records + excluded.records,
    bytes_in = usage_total.bytes_in + excluded.bytes_in,
    bytes_out = usage_total.bytes_out + excluded.bytes_out`;

/** Stores usage lines; see `UsageStore.insert`. */
export async function insertUsage(
  pool: PostgresPool,
  lines: Uint8Array,
): Promise<readonly RefusedLine[]> {
  const refused: RefusedLine[] = [];
  const rows: UsageRow[] = [];
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('utf8');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      rows.push(decodeUsageLine(line));
    } catch (error) {
      refused.push({ line, reason: reasonOf(error) });
    }
  }
  await insertRows(pool, rows, refused);
  return refused;
}

/** Halves what the server refuses until the rows at fault are found; a half is stored at once. */
async function insertRows(
  pool: PostgresPool,
  rows: readonly UsageRow[],
  refused: RefusedLine[],
): Promise<void> {
  if (rows.length === 0) return;
  try {
    await insertTogether(pool, rows);
  } catch (error) {
    if (!isFaultOfTheRow(error)) throw toStorageError(error);
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) {
      refused.push({ line: JSON.stringify(first), reason: reasonOf(error) });
      return;
    }
    const middle = Math.ceil(rows.length / 2);
    await insertRows(pool, rows.slice(0, middle), refused);
    await insertRows(pool, rows.slice(middle), refused);
  }
}

async function insertTogether(pool: PostgresPool, rows: readonly UsageRow[]): Promise<void> {
  const columns = usageFields.map((_, place) => rows.map((row) => storable(row[place] ?? null)));
  const insert = (client: PoolClient) => client.query({ text: INSERT, values: columns });
  for (let tries = 1; ; tries++) {
    try {
      await pool.withClient(insert);
      return;
    } catch (error) {
      if (!mayWinAgain(error) || tries >= limits.transactionTriesMax) throw error;
    }
    await wait(Math.random() * limits.transactionRetryMs * tries);
  }
}

/** PostgreSQL keeps no NUL in a text; a caller who sends one is metered all the same. */
function storable(value: string | number | null): string | number | null {
  return typeof value === 'string' ? value.replaceAll('\0', '\u{fffd}') : value;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
