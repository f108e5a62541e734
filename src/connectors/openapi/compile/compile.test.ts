import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { compile, type CompileOptions } from './compile.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';

const info = { title: 'Test', version: '1' };

const document = (paths: JsonObject, more: JsonObject = {}): JsonObject => ({
  openapi: '3.1.0',
  info,
  paths,
  ...more,
});

function only(root: JsonObject, options?: CompileOptions): CompiledOperation {
  const { operations } = compile(root, options);
  assert.equal(operations.length, 1);
  return operations[0] as CompiledOperation;
}

const properties = (operation: CompiledOperation): JsonObject => {
  const found = operation.tool.inputSchema['properties'];
  assert.ok(isJsonObject(found));
  return found;
};

describe('a document as a whole', () => {
  test('what is not an OpenAPI document is one clear error', () => {
    const cases: readonly [unknown, RegExp][] = [
      [null, /object/],
      [[], /object/],
      ['x', /object/],
      [{}, /version/],
      [{ openapi: '4.0.0', paths: {} }, /"4.0.0" is not known/],
      [{ swagger: '1.2', paths: {} }, /"1.2" is not known/],
      [{ openapi: '3.0.0', info }, /paths/],
      [{ asyncapi: '2.6.0', channels: {} }, /AsyncAPI/],
      [
        {
          info: {
            _postman_id: 'x',
            schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
          },
          item: [],
        },
        /Postman/,
      ],
      [{ log: { version: '1.2', entries: [] } }, /HAR/],
      [{ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' }, /JSON Schema/],
      [{ data: { __schema: {} } }, /GraphQL/],
      [{ swaggerVersion: '1.2', apis: [] }, /Swagger 1/],
      [{ message: 'Not Found' }, /version/],
      [{ openapi: '3.1.0', info, paths: [] }, /paths/],
    ];
    for (const [root, words] of cases) {
      assert.throws(
        () => compile(root as JsonObject),
        (error: Error & { code?: string }) =>
          error.code === 'invalid_document' && words.test(error.message),
      );
    }
  });

  test('every dialect is recognised, and odd spellings of versions too', () => {
    const versions: readonly [JsonObject, string][] = [
      [{ swagger: '2.0' }, '2.0'],
      [{ swagger: 2 }, '2.0'],
      [{ openapi: '3.0.4' }, '3.0'],
      [{ openapi: 3.1 }, '3.1'],
      [{ openapi: '3.1.1' }, '3.1'],
      [{ openapi: '3.2.0' }, '3.2'],
      [{ openapi: '3.9.0' }, '3.2'],
    ];
    for (const [version, dialect] of versions) {
      assert.equal(compile({ ...version, info, paths: {} }).service.dialect, dialect);
    }
  });

  test('a document of webhooks or components alone is accepted and says that it is empty', () => {
    const { operations, diagnostics } = compile({ openapi: '3.1.0', info, webhooks: {} });
    assert.equal(operations.length, 0);
    assert.equal(diagnostics[0]?.code, 'no_paths');
  });

  test('title, version, servers and description are found', () => {
    const { service } = compile({
      openapi: '3.0.0',
      info: { title: ' My <b>API</b> ', version: 2, description: 'Does things.' },
      servers: [{ url: 'https://{region}.example.com/{v}', variables: { v: { default: 'v1' } } }],
      paths: {},
    });
    assert.equal(service.title, 'My API');
    assert.equal(service.version, '2');
    assert.equal(service.description, 'Does things.');
    assert.deepEqual(service.servers, [{ url: 'https://{region}.example.com/v1' }]);
  });

  test('a broken operation costs only itself', () => {
    const { operations, diagnostics } = compile(
      document({
        '/good': { get: { operationId: 'good' } },
        '/null': { get: null },
        '/text': 'not a path item',
        '/list': { get: [], post: { operationId: 'alsoGood', parameters: 'no list' } },
        '/parts': { get: { operationId: 'stillGood', parameters: [null, 5, { name: 'x' }] } },
      }),
    );
    const names = operations.map(({ tool }) => tool.name).toSorted();
    assert.deepEqual(names, ['alsoGood', 'good', 'stillGood']);
    assert.ok(diagnostics.length >= 4);
    assert.ok(diagnostics.every(({ text }) => text.length > 10));
  });

  test('unselected operations are left out without changing names', () => {
    const root = document({
      '/a': { get: { operationId: 'same', tags: ['x'] } },
      '/b': { get: { operationId: 'same', tags: ['y'] } },
    });
    const all = compile(root).operations.map(({ tool }) => tool.name);
    const some = compile(root, { select: ({ tags }) => tags.includes('y') });
    assert.deepEqual(
      some.operations.map(({ tool }) => tool.name),
      all.slice(1),
    );
  });

  test('descriptions are short in a large API (toolsWithFullDescriptionsMax)', () => {
    const long = 'word '.repeat(1000);
    const paths = (count: number): JsonObject =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [
          `/p${at}`,
          {
            get: {
              description: long,
              parameters: [{ name: 'q', in: 'query', description: long, schema: {} }],
            },
          },
        ]),
      );
    const measure = (count: number, options?: CompileOptions): readonly [number, number] => {
      const [first] = compile(document(paths(count)), options).operations;
      assert.ok(first !== undefined);
      const query = properties(first)['q'] as { description: string };
      return [first.tool.description.length, query.description.length];
    };
    const near = (got: readonly [number, number], tool: number, schema: number): void => {
      assert.ok(got[0] <= tool && got[0] > tool - 10, String(got));
      assert.ok(got[1] <= schema && got[1] > schema - 10, String(got));
    };
    const { toolDescriptionCharactersMax: tool, schemaDescriptionCharactersMax: schema } = limits;
    const shortTool = limits.shortToolDescriptionCharactersMax;
    const shortSchema = limits.shortSchemaDescriptionCharactersMax;
    near(measure(limits.toolsWithFullDescriptionsMax), tool, schema);
    near(measure(limits.toolsWithFullDescriptionsMax + 1), shortTool, shortSchema);
    near(measure(1, { descriptions: 'short' }), shortTool, shortSchema);
  });
});

describe('one operation', () => {
  test('parameters of the path item are inherited and overridden', () => {
    const operation = only(
      document({
        '/x/{id}': {
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'page', in: 'query', schema: { type: 'string' } },
          ],
          get: { parameters: [{ name: 'page', in: 'query', schema: { type: 'integer' } }] },
        },
      }),
    );
    assert.deepEqual(properties(operation), {
      id: { type: 'string' },
      page: { type: 'integer' },
    });
    assert.deepEqual(operation.tool.inputSchema['required'], ['id']);
  });

  test('template and parameters are made to agree', () => {
    const { operations, diagnostics } = compile(
      document({
        '/undeclared/{id}': { get: {} },
        '/other/{id}': { get: { parameters: [{ name: 'petId', in: 'path', schema: {} }] } },
        '/none': { get: { parameters: [{ name: 'lost', in: 'path', schema: {} }] } },
      }),
    );
    const schemas = operations.map((operation) => Object.keys(properties(operation)));
    assert.deepEqual(schemas, [['id'], ['petId'], ['lost']]);
    assert.equal(operations[1]?.plan.path, '/other/{petId}');
    assert.equal(operations[2]?.tool.inputSchema['required'], undefined);
    assert.equal(diagnostics.filter(({ code }) => code === 'path_mismatch').length, 3);
  });

  test('headers that carry identity or framing are not offered', () => {
    const names = ['Authorization', 'Host', 'X-Forwarded-For', 'Mcp-Session-Id', 'X-Fine'];
    const { operations, diagnostics } = compile(
      document({
        '/x': { get: { parameters: names.map((name) => ({ name, in: 'header', schema: {} })) } },
      }),
    );
    assert.deepEqual(Object.keys(properties(operations[0] as CompiledOperation)), ['X-Fine']);
    assert.equal(diagnostics.filter(({ code }) => code === 'denied_header').length, 4);
  });

  test('references in every position are followed', () => {
    const operation = only({
      ...document({ '/x': { $ref: '#/components/pathItems/x' } }),
      components: {
        pathItems: {
          x: {
            post: {
              parameters: [{ $ref: '#/components/parameters/p', description: 'own words' }],
              requestBody: { $ref: '#/components/requestBodies/b' },
            },
          },
        },
        parameters: {
          p: { $ref: '#/components/parameters/q' },
          q: { name: 'q', in: 'query', schema: { $ref: '#/components/schemas/S' } },
        },
        requestBodies: {
          b: { content: { 'application/json': { schema: { $ref: '#/components/schemas/S' } } } },
        },
        schemas: { S: { type: 'integer', maximum: 5 } },
      },
    });
    assert.deepEqual(properties(operation), {
      q: { type: 'integer', maximum: 5, description: 'own words' },
      body: { type: 'integer', maximum: 5 },
    });
  });

  test('a reference that leads nowhere costs a detail and is reported', () => {
    const { operations, diagnostics } = compile(
      document({
        '/x': {
          post: {
            parameters: [{ $ref: '#/components/parameters/gone' }],
            requestBody: {
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: {
                      a: { $ref: '#/components/schemas/Gone' },
                      b: { $ref: 'https://elsewhere.example/s.json' },
                      c: { $ref: 'file:///etc/passwd' },
                    },
                  },
                },
              },
            },
          },
        },
      }),
    );
    assert.deepEqual(properties(operations[0] as CompiledOperation), {
      body: { type: 'object', properties: { a: {}, b: {}, c: {} } },
    });
    assert.equal(diagnostics.filter(({ code }) => code === 'unresolved_reference').length, 4);
  });

  test('an argument of bytes says how they are given', () => {
    const parameters = [{ name: 'f', in: 'formData', type: 'file', description: 'The photo' }];
    const root = { swagger: '2.0', info, paths: { '/x': { post: { parameters } } } };
    assert.deepEqual(properties(only(root)), {
      f: { type: 'string', description: 'The photo (base64)', contentEncoding: 'base64' },
    });
  });

  test('annotations follow the method', () => {
    const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'query'];
    const { operations } = compile({
      ...document({ '/x': Object.fromEntries(methods.map((method) => [method, {}])) }),
      openapi: '3.2.0',
    });
    const hints = Object.fromEntries(operations.map((it) => [it.method, it.tool.annotations]));
    assert.deepEqual(hints, {
      GET: { readOnlyHint: true },
      HEAD: { readOnlyHint: true },
      QUERY: { readOnlyHint: true },
      POST: {},
      PATCH: {},
      PUT: { idempotentHint: true },
      DELETE: { destructiveHint: true, idempotentHint: true },
    });
  });

  test('hidden characters are taken out of texts and reported', () => {
    const { operations, diagnostics } = compile(
      document({ '/x': { get: { summary: 'List\u{E0041}\u200B \u202Eall' } } }),
    );
    assert.equal(operations[0]?.tool.description, 'List all');
    assert.equal(diagnostics[0]?.code, 'invisible_text');
  });
});

describe('answers', () => {
  const responses = {
    '200': {
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['id'],
            additionalProperties: false,
            properties: {
              id: { type: 'integer', format: 'int64', description: 'Its id' },
              secret: { type: 'string', writeOnly: true },
              next: { $ref: '#/components/schemas/N' },
            },
          },
        },
      },
    },
  };
  const components = {
    schemas: { N: { oneOf: [{ type: 'string' }, { $ref: '#/components/schemas/N' }] } },
  };

  test('an output schema is off, or describes without ever refusing', () => {
    const root = document({ '/x': { get: { responses } } }, { components });
    assert.equal(only(root).tool.outputSchema, undefined);
    assert.deepEqual(only(root, { outputSchema: 'relaxed' }).tool.outputSchema, {
      description: 'object',
      properties: {
        id: { description: 'integer (int64): Its id' },
        next: { $ref: '#/$defs/N' },
      },
      $defs: { N: { anyOf: [{ description: 'string' }, { $ref: '#/$defs/N' }] } },
    });
  });
});
