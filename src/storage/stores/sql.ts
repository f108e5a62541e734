/** A value that both engines store; booleans travel as 0 and 1. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** A statement of a named transaction: its text in pieces, and the values between them. */
export interface SqlText {
  readonly texts: readonly string[];
  readonly values: readonly (SqlValue | SqlTable)[];
}

/** Many rows as a table of their own, in one value however many they are: `FROM ${asTable(…)}`. */
export interface SqlTable {
  readonly columns: Readonly<Record<string, 'text' | 'bigint'>>;
  /** Each with a value for every column, in their order. */
  readonly rows: readonly (readonly (string | number | bigint)[])[];
}

/** Rows for FROM, at any number of them: each engine takes them in its own way. */
export function asTable(columns: SqlTable['columns'], rows: SqlTable['rows']): SqlTable {
  return { columns, rows };
}

/** True for a value that stands for a table. */
export function isTable(value: SqlValue | SqlTable): value is SqlTable {
  return typeof value === 'object' && value !== null && 'columns' in value;
}

/** A table that takes many rows at a time: its columns and their types, in the order of values. */
export interface RowsTarget {
  readonly table: string;
  readonly columns: Readonly<Record<string, 'text' | 'bigint'>>;
  /** What follows the rows, such as `ON CONFLICT …`. */
  readonly end?: string;
}

/** Many rows for one table. Each engine takes them in the way that costs it least. */
export interface SqlRows {
  readonly into: RowsTarget;
  readonly rows: readonly (readonly SqlValue[])[];
}

/** Rows for VALUES: `VALUES ${tuples(rows)}`. */
export interface SqlTuples {
  readonly tuples: readonly (readonly SqlValue[])[];
}

/** Several rows of one statement, each as `(…, …)`. */
export function tuples(rows: readonly (readonly SqlValue[])[]): SqlTuples {
  return { tuples: rows };
}

/**
 * Texts as one value, for `IN (SELECT key FROM json_each(${textSet(texts)}))`: a statement that
 * stays the same however many there are, which both engines read alike.
 */
export function textSet(texts: Iterable<string>): string {
  return `{${Array.from(texts, (text) => `${JSON.stringify(text)}:0`).join()}}`;
}

/**
 * Writes a statement in the SQL that both engines speak; what is interpolated travels as a value
 * and never becomes a part of the text.
 */
export function sql(
  pieces: TemplateStringsArray,
  ...parts: readonly (SqlValue | SqlTuples | SqlTable)[]
): SqlText {
  const texts = [pieces[0] ?? ''];
  const values: (SqlValue | SqlTable)[] = [];
  const addText = (text: string): void => void (texts[texts.length - 1] += text);
  const addValue = (value: SqlValue | SqlTable): void => void (values.push(value), texts.push(''));
  for (const [index, part] of parts.entries()) {
    if (isTuples(part)) {
      for (const [number, row] of part.tuples.entries()) {
        addText(number === 0 ? '(' : ', (');
        for (const [column, value] of row.entries()) {
          if (column > 0) addText(', ');
          addValue(value);
        }
        addText(')');
      }
    } else addValue(part);
    addText(pieces[index + 1] ?? '');
  }
  return { texts, values };
}

function isTuples(part: SqlValue | SqlTuples | SqlTable): part is SqlTuples {
  return typeof part === 'object' && part !== null && 'tuples' in part;
}
