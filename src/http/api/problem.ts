import { z } from '@hono/zod-openapi';
import { type ErrorCode, errorRegistry, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, stringMember } from '../../kernel/json.ts';

/** One field of a request that is wrong, what about it, and how to put it right. */
export type FieldError = { readonly field: string; readonly problem: string; readonly fix: string };

/** The body of every error answer (RFC 9457). */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('Where the code is explained, relative to this server.'),
    title: z.string().describe('What the code means; the same for every occurrence.'),
    status: z.int().describe('The HTTP status.'),
    code: z.enum(Object.keys(errorRegistry) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string().describe('What went wrong this time.'),
    retryable: z.boolean().describe('Whether the same request may succeed later.'),
    errorId: z.string().optional().describe('Names the line in the log of the gateway.'),
    errors: z
      .array(z.strictObject({ field: z.string(), problem: z.string(), fix: z.string() }))
      .optional()
      .describe('The fields that are wrong.'),
  })
  .openapi('Problem');

/** An error about named fields of the request. */
export function fieldProblem(errors: readonly FieldError[], code: ErrorCode = 'invalid_params') {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const text = first && `${first.field || 'The request'} ${first.problem}${more}.`;
  return new GatewayError(code, text, { data: { errors } });
}

/** The error as problem+json; an error without a registered code shows nothing of itself. */
export function toProblem(error: unknown, errorId?: string): z.output<typeof problemSchema> {
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
