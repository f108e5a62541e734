import type { ErrorCode } from '../../kernel/errors.ts';
import type { RefusedLine } from '../../metering/store.ts';
import type { SqlValue } from '../stores/sql.ts';
import type { StatementResult } from '../stores/transaction.ts';
import type { TransactionName } from '../stores/transactions.ts';

/** One compiled statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** What the worker thread is asked to do. */
export type WorkerTask =
  | { readonly kind: 'run'; readonly statement: Statement }
  /** Runs a named transaction. */
  | { readonly kind: 'transact'; readonly name: TransactionName; readonly parameters: unknown }
  | { readonly kind: 'insert_usage'; readonly lines: Uint8Array }
  /** Empties the write-ahead log: what was deleted is zeros in the database, and there no more. */
  | { readonly kind: 'scrub' }
  | { readonly kind: 'close' };

/** What a task resolves to, by its kind. */
export interface TaskResults {
  readonly run: StatementResult;
  readonly transact: unknown;
  readonly insert_usage: readonly RefusedLine[];
  readonly scrub: null;
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
  /** The error a transaction threw of its own accord. */
  readonly code?: ErrorCode;
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
  | { readonly ready: true; readonly appliedMigrations: readonly string[] }
  | { readonly ready: false; readonly code: 'conflict' | 'internal'; readonly text: string };
