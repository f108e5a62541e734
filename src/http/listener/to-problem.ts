import { errorRegistry, GatewayError, type ErrorCode } from '../../kernel/errors.ts';
import { isJsonObject, stringMember, type Json, type JsonObject } from '../../kernel/json.ts';

/** One field of a request that is wrong, what about it, and how to put it right. */
export type FieldError = { readonly field: string; readonly problem: string; readonly fix: string };

/** The body of every error answer (RFC 9457). */
export interface Problem {
  /** Where the code is explained, relative to this server. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryable: boolean;
  readonly errorId?: string;
  readonly errors?: FieldError[];
  /** What credit or budget is short, as in a JSON-RPC error's `data`; which run is open. */
  readonly data?: JsonObject;
}

/** Errors that say more than their text to whoever may spend, or chat. */
const TELLING: ReadonlySet<ErrorCode> = new Set([
  'insufficient_credit',
  'budget_exhausted',
  'price_unbounded',
  'run_open',
]);

/** An error about named fields of the request. */
export function fieldProblem(errors: readonly FieldError[], code: ErrorCode = 'invalid_params') {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const text = first && `${first.field || 'The request'} ${first.problem}${more}.`;
  return new GatewayError(code, text, { data: { errors } });
}

/** The error as problem+json; an error without a registered code shows nothing of itself. */
export function toProblem(error: unknown, errorId?: string): Problem {
  const known = error instanceof GatewayError ? error : new GatewayError('internal');
  const { status, text, retryable } = errorRegistry[known.code];
  return {
    type: `/docs/errors#${known.code}`,
    title: text,
    status,
    code: known.code,
    detail: known.message,
    retryable,
    ...(errorId === undefined ? {} : { errorId }),
    ...fieldErrorsOf(known.data),
    ...(TELLING.has(known.code) && isJsonObject(known.data) ? { data: known.data } : {}),
  };
}

function fieldErrorsOf(data: Json | undefined): { errors?: FieldError[] } {
  const listed = isJsonObject(data) ? data['errors'] : undefined;
  if (!Array.isArray(listed)) return {};
  const errors = (listed as readonly Json[]).flatMap((item): FieldError[] => {
    if (!isJsonObject(item)) return [];
    const problem = stringMember(item, 'problem');
    if (problem === undefined) return [];
    const field = stringMember(item, 'field') ?? '';
    return [{ field, problem, fix: stringMember(item, 'fix') ?? '' }];
  });
  return errors.length === 0 ? {} : { errors };
}
