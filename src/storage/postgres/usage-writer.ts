import { sealCalls, type AuditEvent } from '../../audit/store.ts';
import { pendingRuns } from '../../billing/store.ts';
import {
  decodeUsageLine,
  storableRow,
  storedUsageLine,
  usageFields,
  usagePlace,
  type RefusedLine,
  type UsageField,
  type UsageRow,
} from '../../metering/store.ts';
import { addPending } from '../stores/transactions/billing/add-pending.ts';
import { appendAudit } from '../stores/transactions/append-audit.ts';
import { addUsageRollups } from '../stores/transactions/rollups/add-usage-rollups.ts';
import type { PostgresPool } from './postgres-pool.ts';
import { inTransaction, runStepsInside } from './run-transaction.ts';
import { isFaultOfTheRow, toStorageError } from './storage-error.ts';

const COLUMNS = usageFields.map(({ column }) => column).join(', ');
const TYPES: Readonly<Record<UsageField['type'], string>> = {
  text: 'text',
  integer: 'bigint',
  real: 'double precision',
  boolean: 'bigint',
};
const ARRAYS = usageFields.map(({ type }, index) => `$${index + 1}::${TYPES[type]}[]`).join(', ');

/**
 * What is there already is left alone, and the totals grow by what was really inserted. Sorted, so
 * that two gateways wait for each other in one order.
 */
const INSERT = `WITH inserted AS (
    INSERT INTO usage_record (block, ${COLUMNS})
    SELECT $${usageFields.length + 1}::bigint, * FROM unnest(${ARRAYS}) AS line (${COLUMNS})
    ORDER BY tenant_id, id
    ON CONFLICT (tenant_id, id) DO NOTHING RETURNING tenant_id, id, bytes_in, bytes_out
  ), added AS (
    INSERT INTO usage_total (tenant_id, records, bytes_in, bytes_out)
    SELECT tenant_id, count(*), sum(bytes_in), sum(bytes_out) FROM inserted
    GROUP BY tenant_id ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET records = usage_total.records + excluded.records,
      bytes_in = usage_total.bytes_in + excluded.bytes_in,
      bytes_out = usage_total.bytes_out + excluded.bytes_out
  )
  SELECT tenant_id, id FROM inserted ORDER BY tenant_id, id`;

const ID = usagePlace('id');
const TENANT = usagePlace('tenant');
const NODE = usagePlace('nodeId');

/** A row, and the line that it was read from. */
interface UsageEntry {
  readonly row: UsageRow;
  readonly line: string;
}

/** Stores usage lines; see `UsageStore.insert`. */
export async function insertUsage(
  pool: PostgresPool,
  lines: Uint8Array,
): Promise<readonly RefusedLine[]> {
  const refused: RefusedLine[] = [];
  const entries: UsageEntry[] = [];
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('utf8');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      entries.push({ row: storableRow(line, decodeUsageLine(line)), line });
    } catch (error) {
      refused.push({ line, reason: reasonOf(error) });
    }
  }
  await insertEntries(pool, entries, refused);
  return refused;
}

/** Halves what the server refuses until the rows at fault are found; a half is stored at once. */
async function insertEntries(
  pool: PostgresPool,
  entries: readonly UsageEntry[],
  refused: RefusedLine[],
): Promise<void> {
  if (entries.length === 0) return;
  try {
    await insertTogether(pool, entries);
  } catch (error) {
    if (!isFaultOfTheRow(error)) throw toStorageError(error);
    const [first] = entries;
    if (entries.length === 1 && first !== undefined) {
      refused.push({ line: first.line, reason: reasonOf(error) });
      return;
    }
    const middle = Math.ceil(entries.length / 2);
    await insertEntries(pool, entries.slice(0, middle), refused);
    await insertEntries(pool, entries.slice(middle), refused);
  }
}

async function insertTogether(pool: PostgresPool, entries: readonly UsageEntry[]): Promise<void> {
  const columns = usageFields.map((_, place) => entries.map(({ row }) => row[place] ?? null));
  await inTransaction(pool, async (client) => {
    const drawn = await client.query("SELECT nextval('usage_block') AS block");
    const { block } = drawn.rows[0] as { readonly block: number };
    const inserted = await client.query({ text: INSERT, values: [...columns, block] });
    const fresh = inserted.rows as readonly InsertedRow[];
    await runStepsInside(client, addPending({ block, runs: runsOf(fresh) }));
    const added = entriesOf(entries, fresh);
    await runStepsInside(client, addUsageRollups(added.map(({ row }) => row)));
    for (const sealed of sealedOf(added, block)) {
      await runStepsInside(client, appendAudit({ tenant: sealed.tenant, events: [sealed] }));
    }
  });
}

interface InsertedRow {
  readonly tenant_id: string;
  readonly id: string;
}

/** What is new and not rated yet, by tenant. */
function runsOf(inserted: readonly InsertedRow[]) {
  const byTenant = Map.groupBy(inserted, ({ tenant_id: tenant }) => tenant);
  return [...byTenant].flatMap(([tenant, rows]) =>
    pendingRuns(rows.map(({ id }) => id)).map((run) => ({ tenant, ...run })),
  );
}

/** The entries that are new, in the order of the tenants. */
function entriesOf(
  entries: readonly UsageEntry[],
  inserted: readonly InsertedRow[],
): readonly UsageEntry[] {
  const byId = new Map(entries.map((entry) => [`${entry.row[TENANT]} ${entry.row[ID]}`, entry]));
  return inserted.flatMap((row) => byId.get(`${row.tenant_id} ${row.id}`) ?? []);
}

/** The events that seal what is new, a tenant's each, in the order of the tenants. */
function sealedOf(fresh: readonly UsageEntry[], block: number): readonly AuditEvent[] {
  const atMs = Date.now();
  return [...Map.groupBy(fresh, ({ row }) => row[TENANT] as string)].map(([tenant, mine]) =>
    sealCalls({
      tenant,
      block,
      nodeId: (mine[0]?.row[NODE] ?? '') as string,
      atMs,
      calls: mine.map(({ line, row }) => ({
        id: row[ID] as string,
        line: storedUsageLine(line, row),
      })),
    }),
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
