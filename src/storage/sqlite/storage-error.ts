import { GatewayError } from '../../kernel/errors.ts';
import {
  SQLITE_CONSTRAINT_FOREIGNKEY,
  SQLITE_CONSTRAINT_PRIMARYKEY,
  SQLITE_CONSTRAINT_UNIQUE,
} from './result-codes.ts';
import type { TaskFailure } from './worker-protocol.ts';

/** A failed task as the error a store rejects with; SQL and paths stay in the cause. */
export function toStorageError({ text, resultCode, code }: TaskFailure): GatewayError {
  if (code !== undefined) return new GatewayError(code, text);
  const cause = new Error(text);
  if (resultCode === SQLITE_CONSTRAINT_UNIQUE || resultCode === SQLITE_CONSTRAINT_PRIMARYKEY) {
    return new GatewayError('conflict', undefined, { cause });
  }
  if (resultCode === SQLITE_CONSTRAINT_FOREIGNKEY) {
    return new GatewayError('not_found', undefined, { cause });
  }
  return new GatewayError('storage_unavailable', undefined, { cause });
}
