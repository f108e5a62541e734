import { z } from '@hono/zod-openapi';
import { errorRegistry, GatewayError } from '../../../../kernel/errors.ts';
import { isJsonObject, stringMember } from '../../../../kernel/json.ts';
import type { ErrorForm } from '../../framework/define-route.ts';

/** The media type of SCIM (RFC 7644, section 8.1). */
export const SCIM_TYPE = 'application/scim+json';

/** Names of schemas and messages (RFC 7643 and 7644). */
export const urns = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  extension: 'urn:ietf:params:scim:schemas:extension:',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
  resourceType: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  config: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
} as const;

/** What went wrong, in the words of RFC 7644, section 3.12. */
export type ScimErrorType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'uniqueness';

/** A mistake in a request, under its SCIM name. */
export function scimError(scimType: ScimErrorType, text: string): GatewayError {
  return new GatewayError('invalid_params', text, { data: { scimType } });
}

const errorSchema = z
  .strictObject({
    schemas: z.array(z.literal(urns.error)),
    status: z.string().describe('The HTTP status.'),
    scimType: z.string().optional(),
    detail: z.string(),
    code: z.string().describe('What it is called elsewhere in the API.'),
    errorId: z.string().optional().describe('Names the line in the log of the gateway.'),
  })
  .openapi('ScimError');

/** Errors as SCIM clients read them. */
export const scimErrorForm: ErrorForm = {
  mediaType: SCIM_TYPE,
  schema: errorSchema,
  body: ({ status, code, detail, errors, errorId }, data) => {
    const given = isJsonObject(data) ? stringMember(data, 'scimType') : undefined;
    const scimType = given ?? typeOf(code, detail);
    const fixes = (errors ?? []).map(({ field, problem, fix }) => `${field} ${problem}: ${fix}`);
    return {
      schemas: [urns.error],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: fixes.length > 0 ? fixes.join(' ') : detail,
      code,
      ...(errorId === undefined ? {} : { errorId }),
    };
  },
};

function typeOf(code: string, detail: string): ScimErrorType | undefined {
  if (code === 'parse_error') return 'invalidSyntax';
  if (code === 'invalid_params') return 'invalidValue';
  // Other conflicts, such as the last owner's, have a text of their own.
  return code === 'conflict' && detail === errorRegistry.conflict.text ? 'uniqueness' : undefined;
}

/** Throws `precondition_failed` when `If-Match` names another version than the stored one. */
export function checkIfMatch(stored: number, wanted: number | undefined): void {
  if (wanted === undefined || wanted === stored) return;
  throw new GatewayError('precondition_failed', `This is at version ${stored} now; read it again.`);
}
