import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { compile, type CompileOptions } from '../../src/connectors/openapi/compile/compile.ts';

/** What the document holds besides the body. */
interface Given {
  readonly version?: string;
  readonly schemas?: JsonObject;
  readonly options?: CompileOptions;
}

/** The schema that a body of this schema gets in the tool, after a strict reader accepted it. */
export function bodySchema(schema: Json, given: Given = {}): JsonObject {
  const { operations } = compile(
    {
      openapi: given.version ?? '3.0.3',
      info: {},
      paths: { '/x': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
      components: { schemas: given.schemas ?? {} },
    },
    given.options,
  );
  const input = operations[0]?.tool.inputSchema as JsonObject;
  new Ajv2020({ strict: false, logger: false, validateFormats: false }).compile(input);
  const { body } = input['properties'] as { body: JsonObject };
  return input['$defs'] === undefined ? body : { ...body, $defs: input['$defs'] };
}

/** A reference to a component schema. */
export const schemaReference = (name: string): JsonObject => ({
  $ref: `#/components/schemas/${name}`,
});
