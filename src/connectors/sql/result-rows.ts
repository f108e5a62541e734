import type { Json } from '../../kernel/json.ts';
import type { RunRequest } from './database.ts';

/** Collects rows until there are enough. */
export interface ResultRows {
  readonly rows: readonly (readonly Json[])[];
  /** True once a row was left out. */
  readonly truncated: boolean;
  /** Takes a row; false when it was one too many. */
  add(row: readonly Json[]): boolean;
}

/** Makes a collector for so many rows and so many bytes of JSON. */
export function createResultRows(request: Pick<RunRequest, 'rowsMax' | 'bytesMax'>): ResultRows {
  const rows: (readonly Json[])[] = [];
  let bytesLeft = request.bytesMax;
  let truncated = false;
  return {
    rows,
    get truncated() {
      return truncated;
    },
    add(row) {
      const bytes = Buffer.byteLength(JSON.stringify(row));
      if (truncated || rows.length >= request.rowsMax || bytes > bytesLeft) {
        truncated = true;
        return false;
      }
      bytesLeft -= bytes;
      rows.push(row);
      return true;
    },
  };
}
