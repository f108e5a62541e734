import type { TenantSnapshot } from '../../../../catalog/tenant-snapshot.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import {
  isJsonObject,
  objectMember,
  stringMember,
  type Json,
  type JsonObject,
} from '../../../../kernel/json.ts';

const bearer: JsonObject = { type: 'http', scheme: 'bearer' };

const problem: JsonObject = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    retryable: { type: 'boolean' },
  },
  required: ['type', 'title', 'status', 'code', 'detail', 'retryable'],
};

/** What a tool answers that declares no structure of its own. */
const contentBlocks: JsonObject = {
  type: 'object',
  properties: { content: { type: 'array', items: { type: 'object' } } },
  required: ['content'],
};

/**
 * Describes a bundle's tools over plain HTTP as an OpenAPI 3.1 document: one POST per tool, its
 * input schema as the body's, its output schema as the answer's.
 */
export function describeBundle({ bundle, tools, published }: TenantSnapshot, basePath: string) {
  if (bundle === null) throw new GatewayError('not_found');
  const schemas: Record<string, Json> = { Problem: problem, ContentBlocks: contentBlocks };
  const paths: Record<string, Json> = {};
  const names = new ComponentNames();
  for (const [name, { live, definition }] of tools) {
    const shown = published(live, 'tools', [definition]).find((one) => one['name'] === name);
    if (shown === undefined) continue;
    const component = names.of(name);
    const path = `/bundles/${bundle.slug}/tools/${encodeURIComponent(name)}`;
    paths[path] = { post: operation(name, shown, component, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: bundle.title,
      version: String(bundle.updatedAtMs),
      ...(bundle.description === '' ? {} : { description: bundle.description }),
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer }, schemas },
  };
}

function operation(
  name: string,
  tool: JsonObject,
  component: string,
  schemas: Record<string, Json>,
): JsonObject {
  const input = `${component}Input`;
  schemas[input] = relocated(objectMember(tool, 'inputSchema') ?? { type: 'object' }, input);
  const output = objectMember(tool, 'outputSchema');
  const answer = output === undefined ? 'ContentBlocks' : `${component}Output`;
  if (output !== undefined) schemas[answer] = relocated(output, answer);
  const title = stringMember(tool, 'title') ?? name;
  const description = stringMember(tool, 'description');
  return {
    operationId: component,
    summary: title,
    ...(description === undefined ? {} : { description }),
    requestBody: { required: true, content: { 'application/json': { schema: refTo(input) } } },
    responses: {
      200: {
        description: 'What the tool answered.',
        content: { 'application/json': { schema: refTo(answer) } },
      },
      default: {
        description: 'What went wrong.',
        content: { 'application/problem+json': { schema: refTo('Problem') } },
      },
    },
  };
}

function refTo(component: string): JsonObject {
  return { $ref: `#/components/schemas/${component}` };
}

/** A schema as a component: pointers into itself now lead through its place in the document. */
function relocated(value: Json, component: string): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item) => relocated(item, component));
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, member]): [string, Json] => {
    const isPointer = key === '$ref' && typeof member === 'string' && /^#(\/|$)/.test(member);
    if (isPointer) return [key, `#/components/schemas/${component}${member.slice(1)}`];
    return [key, relocated(member, component)];
  });
  return Object.fromEntries(entries);
}

/** Names of components and operations: letters, digits and `_`, each used once. */
class ComponentNames {
  readonly #taken = new Set<string>();

  of(name: string): string {
    const safe = name.replace(/[^A-Za-z0-9_]+/g, '_');
    let candidate = safe;
    for (let attempt = 2; this.#taken.has(candidate); attempt++) candidate = `${safe}_${attempt}`;
    this.#taken.add(candidate);
    return candidate;
  }
}
