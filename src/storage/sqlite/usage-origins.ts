import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { usageFields, usagePlace, type UsageRow } from '../../metering/store.ts';

/** The fields that say where a record comes from. */
const ORIGIN = usageFields.filter(({ part }) => part === 'origin');
const COLUMNS = ORIGIN.map(({ column }) => column);
const PLACES = ORIGIN.map(({ name }) => usagePlace(name));
const TENANT = usagePlace('tenant');
/** Numbers that are remembered; a busy gateway's records come from fewer places at a time. */
const KNOWN_MAX = 10_000;

/** Numbers of the tenants and origins of usage records, given on their first record. */
export class UsageOrigins {
  readonly #addTenant: StatementSync;
  readonly #findTenant: StatementSync;
  readonly #addOrigin: StatementSync;
  readonly #findOrigin: StatementSync;
  readonly #tenants = new Map<string, number>();
  readonly #origins = new Map<string, number>();
  /** The row before and its number: neighbours in the log often come from the same place. */
  #lastRow: UsageRow = [];
  #lastNumber = 0;

  constructor(database: DatabaseSync) {
    this.#addTenant = database.prepare(
      'INSERT INTO usage_tenant (tenant_id) VALUES (?) ON CONFLICT DO NOTHING',
    );
    this.#findTenant = database.prepare('SELECT number FROM usage_tenant WHERE tenant_id = ?');
    const marks = COLUMNS.map(() => '?').join(', ');
    this.#addOrigin = database.prepare(
      `INSERT INTO usage_origin (key, ${COLUMNS.join(', ')}) VALUES (?, ${marks})
       ON CONFLICT (key) DO NOTHING`,
    );
    this.#findOrigin = database.prepare('SELECT number FROM usage_origin WHERE key = ?');
  }

  /** The number of a row's tenant. Throws what SQLite throws on a value that is none. */
  tenantOf(row: UsageRow): number {
    const id = row[TENANT] as string;
    const known = this.#tenants.get(id);
    if (known !== undefined) return known;
    this.#addTenant.run(id);
    return remember(this.#tenants, id, this.#findTenant.get(id));
  }

  /** The number of a row's origin. Throws what SQLite throws on values that are none. */
  originOf(row: UsageRow): number {
    if (isSameOrigin(row, this.#lastRow)) return this.#lastNumber;
    this.#lastNumber = this.#numberOf(row);
    this.#lastRow = row;
    return this.#lastNumber;
  }

  #numberOf(row: UsageRow): number {
    let short = '';
    for (const place of PLACES) {
      const value = row[place];
      // No text is mistaken for another: nothing and an empty text differ, and so do 1 and '1'.
      short += typeof value === 'string' ? `${value.length}:${value}` : `${String(value)};`;
    }
    const known = this.#origins.get(short);
    if (known !== undefined) return known;
    const values = PLACES.map((place) => row[place] ?? null);
    const key = JSON.stringify(values);
    this.#addOrigin.run(key, ...values);
    return remember(this.#origins, short, this.#findOrigin.get(key));
  }

  /** Forgets what it knows: a transaction in which numbers were given was rolled back. */
  forget(): void {
    this.#tenants.clear();
    this.#origins.clear();
    this.#lastRow = [];
  }
}

function isSameOrigin(row: UsageRow, other: UsageRow): boolean {
  for (const place of PLACES) if (row[place] !== other[place]) return false;
  return true;
}

function remember(known: Map<string, number>, key: string, row: unknown): number {
  const { number } = row as { readonly number: number };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, number);
  return number;
}
