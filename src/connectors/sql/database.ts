import type { Json } from '../../kernel/json.ts';

/** A value that is bound to a placeholder; never part of the statement's text. */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Buffer
  | SqlTimestamp
  | readonly SqlValue[];

/** A point in time as ISO 8601 text, with every digit it was given with. */
export interface SqlTimestamp {
  readonly timestamp: string;
}

/** True for a list of values. */
export function isList(value: SqlValue): value is readonly SqlValue[] {
  return Array.isArray(value);
}

/** True for a point in time. */
export function isTimestamp(value: SqlValue): value is SqlTimestamp {
  return typeof value === 'object' && value !== null && 'timestamp' in value;
}

/** One run of one statement. */
export interface RunRequest {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** False: the database itself refuses every change. */
  readonly writes: boolean;
  readonly rowsMax: number;
  /** Of the rows as JSON. */
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** What a column's values are in JSON. */
export type ColumnType =
  | 'boolean'
  | 'integer'
  | 'number'
  | 'decimal'
  | 'text'
  | 'date'
  | 'timestamp'
  | 'json'
  | 'binary'
  | 'list'
  | 'any';

/** A column of a result. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** What a statement came to. */
export interface RunResult {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Json[])[];
  /** True when there were more rows, or more bytes, than were asked for. */
  readonly truncated: boolean;
  /** Rows that a change touched. */
  readonly changedRows?: number;
}

/** One connection; it runs one statement at a time. */
export interface DatabaseConnection {
  /** Throws StatementError when the database refuses, GatewayError when it is gone. */
  run(request: RunRequest): Promise<RunResult>;
  /** False once it is closed or its state is unknown. */
  readonly usable: boolean;
  /** Ends it at once, with whatever it runs. */
  close(): void;
}

/** A database that connections can be opened to. */
export interface Database {
  /** Throws GatewayError when it cannot be reached or may not be used. */
  connect(): Promise<DatabaseConnection>;
  /** Names the product. Throws GatewayError when the role is not fit to serve. */
  readonly inspect: (connection: DatabaseConnection) => Promise<string>;
}
