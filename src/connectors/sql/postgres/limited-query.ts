import {
  isList,
  isTimestamp,
  type Column,
  type RunRequest,
  type RunResult,
  type SqlValue,
} from '../database.ts';
import { createResultRows, type ResultRows } from '../result-rows.ts';
import { StatementError } from '../statement-error.ts';
import { postgresColumnType, postgresValue } from './postgres-values.ts';

/** Messages of the extended query protocol that the driver sends for a query. */
interface Wire {
  parse(message: { readonly text: string; readonly name: string }): void;
  bind(message: { readonly values: readonly (string | Buffer | null)[] }): void;
  describe(message: { readonly type: 'P'; readonly name: string }): void;
  execute(message: { readonly rows: number }): void;
  flush(): void;
  sync(): void;
  sendCopyFail(text: string): void;
}

/** A column as the server describes it. */
interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** Rows fetched at a time, so that what is too much is never all sent. */
const BATCH = 200;

/**
 * One statement in the extended query protocol (PostgreSQL, "Message Flow"): prepared, so it is one
 * statement and its values are never part of its text, and fetched in batches until it is enough.
 */
export class LimitedQuery {
  readonly #request: RunRequest;
  readonly #rows: ResultRows;
  readonly #done = Promise.withResolvers<RunResult>();
  #fields: readonly Field[] = [];
  #changedRows: number | undefined;
  #copies = false;
  /** A change counts its rows in one go, so it is not fetched in batches. */
  readonly #batch: number;

  constructor(request: RunRequest) {
    this.#request = request;
    this.#batch = request.writes ? 0 : BATCH;
    this.#rows = createResultRows(request);
  }

  /** Settles when the server is ready for the next query; rejects with the server's error. */
  get done(): Promise<RunResult> {
    return this.#done.promise;
  }

  submit(wire: Wire): void {
    wire.parse({ text: this.#request.sql, name: '' });
    wire.bind({ values: this.#request.values.map(toParameter) });
    wire.describe({ type: 'P', name: '' });
    wire.execute({ rows: this.#batch });
    wire.flush();
  }

  handleRowDescription(message: { readonly fields: readonly Field[] }): void {
    this.#fields = message.fields;
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    const types = this.#fields;
    this.#rows.add(
      message.fields.map((text, at) =>
        text === null ? null : postgresValue(types[at]?.dataTypeID ?? 0, text),
      ),
    );
  }

  handlePortalSuspended(wire: Wire): void {
    if (this.#rows.truncated) {
      wire.sync();
      return;
    }
    wire.execute({ rows: this.#batch });
    wire.flush();
  }

  handleCommandComplete(message: { readonly text: string }, wire: Wire): void {
    const count = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(message.text)?.[1];
    if (count !== undefined) this.#changedRows = Number(count);
    wire.sync();
  }

  handleEmptyQuery(wire: Wire): void {
    wire.sync();
  }

  handleCopyInResponse(wire: Wire): void {
    this.#copies = true;
    wire.sendCopyFail('no data is sent');
  }

  handleCopyData(): void {
    // A COPY has no rows that a tool could show.
  }

  handleError(error: unknown, wire: Wire): void {
    wire.sync();
    // What was cancelled here was never about time.
    this.#done.reject(
      this.#copies ? new StatementError('refused', 'copy', undefined, error) : error,
    );
  }

  handleReadyForQuery(): void {
    const columns = this.#fields.map(({ name, dataTypeID }): Column => {
      return { name, type: postgresColumnType(dataTypeID) };
    });
    const { rows, truncated } = this.#rows;
    const changed = this.#changedRows === undefined ? {} : { changedRows: this.#changedRows };
    this.#done.resolve({ columns, rows, truncated, ...changed });
  }
}

/** A value in the text format; bytes go as they are, in the binary format. */
function toParameter(value: SqlValue): string | Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value;
  return isList(value) ? listLiteral(value) : plainText(value);
}

const plainText = (value: Exclude<SqlValue, null | readonly SqlValue[]>): string => {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return isTimestamp(value) ? value.timestamp : String(value);
};

/** An array's text form (PostgreSQL, "Array Value Input"): every item quoted. */
function listLiteral(items: readonly SqlValue[]): string {
  const texts = items.map((item) => {
    if (item === null) return 'NULL';
    if (isList(item)) return listLiteral(item);
    return `"${plainText(item).replaceAll(/["\\]/g, '\\$&')}"`;
  });
  return `{${texts.join(',')}}`;
}
