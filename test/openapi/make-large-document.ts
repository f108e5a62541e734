import type { Json, JsonObject } from '../../src/kernel/json.ts';

/** A document of a given number of operations over shared, partly recursive schemas. */
export function makeLargeDocument(operations: number): JsonObject {
  const schemaCount = Math.max(50, Math.floor(operations / 10));
  const schemas = Array.from({ length: schemaCount }, (_, at): [string, Json] => [
    `Entity${at}`,
    entity(at, schemaCount),
  ]);
  const paths: [string, Json][] = [];
  for (let at = 0; at * 4 < operations; at += 1) {
    const name = `Entity${at % schemaCount}`;
    paths.push([
      `/tenants/{tenantId}/group${at % 97}/entities${at}`,
      { get: list(at, name), post: create(at, name) },
    ]);
    paths.push([
      `/tenants/{tenantId}/group${at % 97}/entities${at}/{entityId}`,
      { get: read(at, name), put: replace(at, name) },
    ]);
  }
  return {
    openapi: '3.0.3',
    info: { title: 'Large', version: '1' },
    servers: [{ url: 'https://large.example.com/v1' }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(schemas),
      parameters: {
        tenant: { name: 'tenantId', in: 'path', required: true, schema: { type: 'string' } },
        entity: { name: 'entityId', in: 'path', required: true, schema: { type: 'integer' } },
        page: { name: 'page[number]', in: 'query', schema: { type: 'integer', minimum: 1 } },
        filter: {
          name: '$filter',
          in: 'query',
          description: 'An expression that entities must satisfy.',
          schema: { type: 'string' },
        },
      },
    },
  };
}

function entity(at: number, count: number): JsonObject {
  const fields = Array.from({ length: 12 }, (_, field): [string, Json] => [
    `field${field}`,
    {
      type: field % 3 === 0 ? 'integer' : 'string',
      nullable: field % 4 === 0,
      description: `Field ${field} of entity ${at}, with a few words on what it is for.`,
    },
  ]);
  return {
    type: 'object',
    required: ['field1'],
    properties: {
      ...Object.fromEntries(fields),
      id: { type: 'string', readOnly: true },
      parent: { $ref: `#/components/schemas/Entity${Math.floor(at / 2)}` },
      related: {
        type: 'array',
        items: { $ref: `#/components/schemas/Entity${(at * 7 + 1) % count}` },
      },
    },
  };
}

const ref = (kind: string, name: string): JsonObject => ({ $ref: `#/components/${kind}/${name}` });

const json = (name: string): JsonObject => ({
  content: { 'application/json': { schema: ref('schemas', name) } },
});

const answer = (name: string): JsonObject => ({ '200': { description: 'ok', ...json(name) } });

const list = (at: number, name: string): JsonObject => ({
  operationId: `entities${at}/list`,
  summary: `List entities of kind ${at}`,
  parameters: [ref('parameters', 'tenant'), ref('parameters', 'page'), ref('parameters', 'filter')],
  responses: answer(name),
});

const create = (at: number, name: string): JsonObject => ({
  operationId: `entities${at}/create`,
  summary: `Create an entity of kind ${at}`,
  parameters: [ref('parameters', 'tenant')],
  requestBody: { required: true, ...json(name) },
  responses: answer(name),
});

const read = (at: number, name: string): JsonObject => ({
  operationId: `entities${at}/read`,
  summary: `Read an entity of kind ${at}`,
  parameters: [ref('parameters', 'tenant'), ref('parameters', 'entity')],
  responses: answer(name),
});

const replace = (at: number, name: string): JsonObject => ({
  operationId: `entities${at}/replace`,
  parameters: [ref('parameters', 'tenant'), ref('parameters', 'entity')],
  requestBody: { required: true, ...json(name) },
  responses: answer(name),
});
