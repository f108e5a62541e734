import type { RefusedLine } from '../../metering/store.ts';

/** A value SQLite stores; booleans travel as 0 and 1. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** One compiled statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** What one statement did. */
export interface StatementResult {
  /** The rows of a statement that returns any. */
  readonly rows: readonly Record<string, SqlValue>[];
  readonly changes: number;
}

/** What the worker thread is asked to do. */
export type WorkerTask =
  /** Runs the statements; more than one run in a transaction, all or none. */
  | { readonly kind: 'run'; readonly statements: readonly Statement[] }
  | { readonly kind: 'insert_usage'; readonly lines: Uint8Array }
  | { readonly kind: 'close' };

/** What a task resolves to, by its kind. */
export interface TaskResults {
  readonly run: readonly StatementResult[];
  readonly insert_usage: readonly RefusedLine[];
  readonly close: null;
}

/** A task under its number; tasks travel in batches and are done in order. */
export interface WorkerRequest {
  readonly id: number;
  readonly task: WorkerTask;
}

/** Why a task failed. */
export interface TaskFailure {
  readonly text: string;
  /** SQLite's extended result code, or 0 for a failure that is not SQLite's. */
  readonly resultCode: number;
}

/** The answer to one request. */
export type WorkerAnswer =
  | { readonly id: number; readonly result: TaskResults[WorkerTask['kind']] }
  | { readonly id: number; readonly failure: TaskFailure };

/** What the worker needs to start. */
export interface WorkerStart {
  readonly dataDir: string;
  readonly nowMs: number;
}

/** The worker's first message: ready, or why the database cannot be used. */
export type WorkerGreeting =
  | { readonly ready: true; readonly appliedMigrations: number }
  | { readonly ready: false; readonly code: 'conflict' | 'internal'; readonly text: string };
