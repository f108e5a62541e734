import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { buildRequest } from '../request/build-request.ts';
import { compile } from './compile.ts';
import type { CompiledDocument } from '../model/compiled-document.ts';

const document = (paths: JsonObject, more: JsonObject = {}): JsonObject => ({
  openapi: '3.1.0',
  info: {},
  servers: [{ url: 'https://api.example' }],
  paths,
  ...more,
});

/** Its own time on a processor counts: a busy machine makes no document harmful. */
function quickly(root: JsonObject, ms = 3000): CompiledDocument {
  const start = process.threadCpuUsage();
  const compiled = compile(root);
  const { user, system } = process.threadCpuUsage(start);
  const tookMs = (user + system) / 1_000;
  assert.ok(tookMs < ms, `${tookMs} ms`);
  return compiled;
}

describe('documents that mean harm', () => {
  test('operation ids of every kind give names that are safe', () => {
    const ids = [
      '__proto__',
      '../../x',
      '`;rm -rf /`',
      'a\nb',
      'x'.repeat(10_000),
      '',
      '${1+1}',
      'constructor',
    ];
    const entries = ids.map((operationId, at): [string, Json] => [
      `/p${at}`,
      { get: { operationId } },
    ]);
    const { operations } = quickly(document(Object.fromEntries(entries)));
    assert.equal(new Set(operations.map(({ tool }) => tool.name)).size, ids.length);
    assert.ok(operations.every(({ tool }) => /^[A-Za-z_][\w-]{0,63}$/.test(tool.name)));
  });

  test('members named like those of Object change nothing', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"type":"string"},"toString":{}}',
    ) as JsonObject;
    const body = {
      content: { 'application/json': { schema: { type: 'object', properties: hostile } } },
    };
    const paths = JSON.parse(
      JSON.stringify({ '/x': { post: { requestBody: body } }, __proto__: {} }),
    ) as JsonObject;
    const [operation] = quickly(document(paths)).operations;
    assert.ok(operation !== undefined);
    const given = JSON.parse(
      '{"body":{"__proto__":{"polluted":true},"constructor":"x"}}',
    ) as JsonObject;
    const { body: bytes } = buildRequest(operation, given, {});
    assert.equal(bytes?.toString(), '{"__proto__":{"polluted":true},"constructor":"x"}');
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  test('huge numbers, enums, patterns and texts are cut', () => {
    const schema = {
      type: 'string',
      maxLength: 1e15,
      pattern: '^(a+)+$',
      format: 'regex',
      enum: Array.from({ length: 300_000 }, (_, at) => `v${at}`),
      description: 'd'.repeat(1_000_000),
      $schema: 'https://elsewhere.example/schema',
    };
    const { operations } = quickly(
      document({
        '/x': {
          get: {
            description: '<'.repeat(1_000_000),
            parameters: [{ name: 'q', in: 'query', schema }],
          },
        },
      }),
    );
    assert.ok(JSON.stringify(operations[0]?.tool).length < 3_000);
  });

  test('cycles of path items, parameters and bodies end', () => {
    const loop = (name: string): JsonObject => ({ $ref: `#/components/${name}/loop` });
    const { operations, diagnostics } = quickly(
      document(
        {
          '/a': { $ref: '#/paths/~1b' },
          '/b': { $ref: '#/paths/~1a' },
          '/c': { post: { parameters: [loop('parameters')], requestBody: loop('requestBodies') } },
          '/d': { get: { $ref: '#/paths/~1d/get' } },
        },
        {
          components: {
            parameters: { loop: loop('parameters') },
            requestBodies: { loop: loop('requestBodies') },
          },
        },
      ),
    );
    assert.deepEqual(
      operations.map(({ id }) => id),
      ['POST /c'],
    );
    assert.ok(diagnostics.length >= 3);
  });

  test('deep nesting in every place ends', () => {
    const nested = (depth: number): Json => {
      let value: Json = {};
      for (let at = 0; at < depth; at += 1) value = { properties: { a: value }, allOf: [value] };
      return value;
    };
    const chain = (depth: number): Json => {
      let value: Json = { type: 'string' };
      for (let at = 0; at < depth; at += 1) value = { type: 'array', items: value };
      return value;
    };
    quickly(
      document({
        '/x': {
          post: { requestBody: { content: { 'application/xml': { schema: chain(5_000) } } } },
        },
      }),
    );
    quickly(
      document({
        '/x': {
          post: { requestBody: { content: { 'application/json': { schema: nested(16) } } } },
        },
      }),
    );
  });

  test('twenty thousand operations are compiled in seconds', () => {
    const entries = Array.from({ length: 20_000 }, (_, at): [string, Json] => [
      `/p${at}/{id}`,
      { get: {} },
    ]);
    assert.equal(quickly(document(Object.fromEntries(entries)), 15_000).operations.length, 20_000);
  });
});
