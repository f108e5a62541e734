import { z } from '@hono/zod-openapi';
import { type ErrorCode, errorRegistry, type GatewayError } from '../../../kernel/errors.ts';
import { fieldProblem } from '../../listener/to-problem.ts';

export {
  fieldProblem,
  toProblem,
  type FieldError,
  type Problem,
} from '../../listener/to-problem.ts';

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
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('What credit or budget is short, where a call is refused for it.'),
  })
  .openapi('Problem');

/** A change that names nothing to change; `fix` says what it may name. */
export function nothingToChange(fix: string): GatewayError {
  return fieldProblem([{ field: '', problem: 'changes nothing', fix }]);
}
