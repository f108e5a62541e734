/** A value that both engines store; booleans travel as 0 and 1. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** A statement of a named transaction: its text in pieces, and the values between them. */
export interface SqlText {
  readonly texts: readonly string[];
  readonly values: readonly SqlValue[];
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
 * Writes a statement in the SQL that both engines speak; what is interpolated travels as a value
 * and never becomes a part of the text.
 */
export function sql(
  pieces: TemplateStringsArray,
  ...parts: readonly (SqlValue | SqlTuples)[]
): SqlText {
  const texts = [pieces[0] ?? ''];
  const values: SqlValue[] = [];
  const addText = (text: string): void => void (texts[texts.length - 1] += text);
  const addValue = (value: SqlValue): void => void (values.push(value), texts.push(''));
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

function isTuples(part: SqlValue | SqlTuples): part is SqlTuples {
  return typeof part === 'object' && part !== null && 'tuples' in part;
}
