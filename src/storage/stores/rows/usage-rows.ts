import { usageFields, type UsageRecord } from '../../../metering/store.ts';

/** Every column under the name of its field. */
export const USAGE_COLUMNS = usageFields.map(({ column, name }) => `${column} as ${name}` as const);

/** The same for the SQL of a transaction. */
export const USAGE_SELECTION = usageFields
  .map(({ column, name }) => `${column} AS "${name}"`)
  .join(', ');

const BOOLEANS = usageFields.filter(({ type }) => type === 'boolean').map(({ name }) => name);

/** Columns hold 0 and 1 for false and true; the declaration says which they are. */
export function toRecord(row: Readonly<Record<string, string | number | null>>): UsageRecord {
  const record: Record<string, unknown> = { ...row };
  for (const name of BOOLEANS) record[name] = row[name] === 1;
  return record as UsageRecord;
}
