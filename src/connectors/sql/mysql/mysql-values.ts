import type { Json } from '../../../kernel/json.ts';
import { exactNumber, parseExactJson } from '../../../kernel/numbers/exact-json.ts';
import { isList, isTimestamp, type ColumnType, type SqlValue } from '../database.ts';

/** A column as the driver describes it (MySQL, "Column Definition"). */
export interface MysqlField {
  readonly name: string;
  readonly columnType?: number | undefined;
  readonly characterSet?: number | undefined;
  /** What MariaDB says beyond the type: its JSON is a text (MariaDB, "Extended metadata"). */
  readonly extendedFormat?: string | undefined;
}

/** The character set of bytes that are no text. */
const BINARY = 63;

const types: Readonly<Record<number, ColumnType>> = {
  0: 'decimal',
  1: 'integer',
  2: 'integer',
  3: 'integer',
  4: 'number',
  5: 'number',
  7: 'timestamp',
  8: 'integer',
  9: 'integer',
  10: 'date',
  12: 'timestamp',
  13: 'integer',
  16: 'binary',
  245: 'json',
  246: 'decimal',
  255: 'json',
};
/** A timestamp in the session's time zone, UTC; a DATETIME (12) has no zone. */
const TIMESTAMP = 7;
const BYTES: ReadonlySet<number> = new Set([249, 250, 251, 252, 253, 254]);

/** What a column's values are in JSON. */
export function mysqlColumnType(field: MysqlField): ColumnType {
  const { columnType = 253, characterSet, extendedFormat } = field;
  if (extendedFormat === 'json') return 'json';
  if (BYTES.has(columnType)) return characterSet === BINARY ? 'binary' : 'text';
  return types[columnType] ?? 'text';
}

/** A value as the driver gives it (wide integers, decimals and times as text), exactly. */
export function mysqlValue(field: MysqlField, value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  // A geometry: points as `{ x, y }`, and lists of them.
  if (typeof value === 'object') return value as Json;
  const text = typeof value === 'number' ? String(value) : (value as string);
  switch (mysqlColumnType(field)) {
    case 'integer':
      return exactNumber(text);
    case 'json':
      return parseExactJson(text);
    case 'timestamp':
      return `${text.replace(' ', 'T')}${field.columnType === TIMESTAMP ? 'Z' : ''}`;
    default:
      return typeof value === 'number' ? value : text;
  }
}

/** A value to bind; whole numbers go as digits, which the server reads as what it needs. */
export function toMysqlValue(value: SqlValue): string | number | boolean | Buffer | null {
  if (typeof value === 'bigint') return String(value);
  if (isList(value)) return JSON.stringify(value);
  return isTimestamp(value) ? inUtc(value.timestamp) : value;
}

/** MySQL reads no zones in a time: what has one is moved to UTC, its fraction kept as it is. */
function inUtc(timestamp: string): string {
  const [, wall = '', fraction = '', zone] =
    /^([\d-]{10}[T ]\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(timestamp) ?? [];
  if (zone === undefined) return timestamp.replace('T', ' ');
  const moved = new Date(`${wall.replace(' ', 'T')}${zone}`);
  return `${moved.toISOString().slice(0, 19).replace('T', ' ')}${fraction}`;
}
