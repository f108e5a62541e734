import { usageFields, type UsageRecord } from '../../../metering/store.ts';

/** Every column under the name of its field. */
export const USAGE_COLUMNS = usageFields.map(({ column, name }) => `${column} as ${name}` as const);

const BOOLEANS = usageFields.filter(({ type }) => type === 'boolean').map(({ name }) => name);

/** Columns hold 0 and 1 for false and true; the declaration says which they are. */
export function toRecord(row: Readonly<Record<string, string | number | null>>): UsageRecord {
  const booleans = BOOLEANS.map((name) => [name, row[name] === 1]);
  return { ...row, ...Object.fromEntries(booleans) } as UsageRecord;
}
