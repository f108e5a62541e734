import {
  isList,
  isTimestamp,
  type RunRequest,
  type RunResult,
  type SqlValue,
} from '../database.ts';
import type { StatementProblem } from '../statement-error.ts';

/** A value that SQLite binds. */
export type SqliteValue = string | number | bigint | Uint8Array | null;

/** What the child is asked to do; one thing at a time. */
export type SqliteTask =
  | { readonly kind: 'inspect' }
  | { readonly kind: 'run'; readonly request: RunRequest };

/** What the child answers. */
export type SqliteAnswer =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'result'; readonly result: RunResult }
  | {
      readonly kind: 'failure';
      readonly problem: StatementProblem;
      readonly code: string;
      /** For the log; a detail about the caller's own values may be shown. */
      readonly text: string;
    }
  | { readonly kind: 'unusable'; readonly text: string };

/** A bound value as SQLite knows it. */
export function toSqliteValue(value: SqlValue): SqliteValue {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (isList(value)) return JSON.stringify(value);
  return isTimestamp(value) ? value.timestamp : value;
}
