import { GatewayError } from '../../kernel/errors.ts';

/** Classes and codes of SQLSTATE (PostgreSQL, appendix A) that are told apart here. */
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const WRONG_VALUE_CLASS = '22';
const CONSTRAINT_CLASS = '23';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';

/** The five characters of a server's error, or undefined for an error that is not a server's. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** True when the transaction lost against another and may win when it is tried again. */
export function mayWinAgain(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK;
}

/** True when some row can never be stored, whatever is tried. */
export function isFaultOfTheRow(error: unknown): boolean {
  const kind = sqlStateOf(error)?.slice(0, 2);
  return kind === WRONG_VALUE_CLASS || kind === CONSTRAINT_CLASS;
}

/** True when the connection can go on after the error. */
export function leavesConnectionWhole(error: unknown): boolean {
  if (error instanceof GatewayError) return true;
  const { severity } = (error ?? {}) as { readonly severity?: unknown };
  return sqlStateOf(error) !== undefined && severity === 'ERROR';
}

/** What a driver threw as the error a store rejects with; SQL and values stay in the cause. */
export function toStorageError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const state = sqlStateOf(error);
  if (state === UNIQUE_VIOLATION) return new GatewayError('conflict', undefined, { cause: error });
  if (state === FOREIGN_KEY_VIOLATION) {
    return new GatewayError('not_found', undefined, { cause: error });
  }
  if (state?.startsWith(WRONG_VALUE_CLASS) === true) {
    const text = 'A value holds something that the database cannot keep.';
    return new GatewayError('invalid_params', text, { cause: error });
  }
  return new GatewayError('storage_unavailable', undefined, { cause: error });
}
