import { z } from '@hono/zod-openapi';
import { isJsonObject, type Json, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { fieldErrors } from '../../framework/field-errors.ts';
import { fieldProblem } from '../../framework/problem.ts';
import type { PatchOperation } from './apply-patch.ts';
import { canonical, type PatchShape } from './patch-path.ts';
import { SCIM_TYPE, scimError, urns } from './scim-protocol.ts';

/** Texts of a resource; identity providers send empty ones for what they do not know. */
export const scimText = z.string().trim().max(limits.scimTextCharactersMax).nullish();

/** Names that people see. */
export const scimName = z.string().trim().max(limits.titleLengthMax).nullish();

/** Entra ID writes truth values as strings with a capital. */
export const scimBoolean = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i, 'must be true or false')
    .transform((text) => text.toLowerCase() === 'true'),
]);

/** A resource as a client sends it; `readResource` checks it, for names have any case. */
export const resourceBody = (example: JsonObject) => ({
  schema: z.record(z.string(), z.unknown()).openapi('ScimResourceRequest'),
  mediaType: SCIM_TYPE,
  example,
});

const operation = z.strictObject({
  op: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['add', 'replace', 'remove'])),
  path: z.string().optional(),
  value: z.unknown().optional(),
});

/** A PATCH (RFC 7644, section 3.5.2); the name of an operation has any case. */
export const patchBody = (example: JsonObject) => ({
  schema: z
    .strictObject({
      schemas: z.array(z.literal(urns.patch)).length(1),
      Operations: z.array(operation).min(1).max(limits.scimOperationsMax),
    })
    .openapi('ScimPatch'),
  mediaType: SCIM_TYPE,
  example,
});

/** The operations of a PATCH, once checked. */
export function operationsOf(body: {
  readonly Operations: readonly z.output<typeof operation>[];
}): readonly PatchOperation[] {
  return body.Operations.map(({ op, path, value }) => ({ op, path, value: value as Json }));
}

/** Reads a resource of a client by its schema. Throws `invalid_params`. */
export function readResource<Schema extends z.ZodObject>(
  given: JsonObject,
  shape: PatchShape,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(canonical(given, shape));
  if (parsed.success) return parsed.data;
  throw fieldProblem(fieldErrors(parsed.error, schema));
}

/** Throws `invalidSyntax` when a body is not said to be of the schema. */
export function checkSchemas(given: JsonObject, shape: PatchShape): void {
  const name = Object.keys(given).find((key) => key.toLowerCase() === 'schemas');
  const schemas = name === undefined ? undefined : given[name];
  const wanted = shape.schema.toLowerCase();
  const isNamed = (one: Json): boolean => typeof one === 'string' && one.toLowerCase() === wanted;
  if (Array.isArray(schemas) && schemas.some(isNamed)) return;
  throw scimError('invalidSyntax', `Name the schema in schemas: ${shape.schema}.`);
}

/** The body as JSON; the schema of the route has seen that it is an object. */
export function asObject(body: unknown): JsonObject {
  return isJsonObject(body) ? body : {};
}
