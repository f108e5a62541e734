import type { RatedUsage } from '../../../billing/store.ts';
import { usageFields, type UsageRecord } from '../../../metering/store.ts';

/** Every column under the name of its field. */
export const USAGE_COLUMNS = usageFields.map(({ column, name }) => `${column} as ${name}` as const);

/** The same for the SQL of a transaction. */
export const USAGE_SELECTION = usageFields
  .map(({ column, name }) => `${column} AS "${name}"`)
  .join(', ');

/** What rating reads of a record, in the order of `toRated`. */
const RATED = [
  'id',
  'chargeKey',
  'serviceId',
  'tool',
  'method',
  'outcome',
  'userId',
  'startedAtMs',
  'durationMs',
  'bytesIn',
  'bytesOut',
  'events',
  'attributes',
  'quantities',
  'holds',
  'grantId',
  'credentialId',
  'part',
] as const;

/** The same as columns, for a statement that returns arrays. */
export const RATED_SELECTION = RATED.map(
  (wanted) => usageFields.find(({ name }) => name === wanted)?.column,
).join(', ');

/** A record's columns as `RATED_SELECTION` names them. */
export type RatedColumns = ColumnsOf<typeof RATED>;

type ColumnsOf<Names extends readonly (keyof UsageRecord)[]> = {
  readonly [Place in keyof Names]: UsageRecord[Names[Place]];
};

/** What rating reads of a record. */
export function toRated(columns: RatedColumns): RatedUsage {
  // By place, not by name: of many records, a loop over names costs as much as reading them.
  return {
    id: columns[0],
    chargeKey: columns[1],
    serviceId: columns[2],
    tool: columns[3],
    method: columns[4],
    outcome: columns[5],
    userId: columns[6],
    startedAtMs: columns[7],
    durationMs: columns[8],
    bytesIn: columns[9],
    bytesOut: columns[10],
    events: columns[11],
    attributes: columns[12],
    quantities: columns[13],
    holds: columns[14],
    grantId: columns[15],
    credentialId: columns[16],
    part: columns[17],
  };
}

const BOOLEANS = usageFields.filter(({ type }) => type === 'boolean').map(({ name }) => name);

/** Columns hold 0 and 1 for false and true; the declaration says which they are. */
export function toRecord(row: Readonly<Record<string, string | number | null>>): UsageRecord {
  const record: Record<string, unknown> = { ...row };
  for (const name of BOOLEANS) record[name] = row[name] === 1;
  return record as UsageRecord;
}
