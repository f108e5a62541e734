import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { CompileOptions } from '../compile/compile.ts';
import { bodySchema, schemaReference as ref } from '../../../../test/support/body-schema.ts';

describe('recursion and size', () => {
  const node = {
    type: 'object',
    properties: { name: { type: 'string' }, kids: { type: 'array', items: ref('Node') } },
  };

  test('a recursive schema stays recursive, at the root and below', () => {
    const expected = {
      Node: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          kids: { type: 'array', items: { $ref: '#/$defs/Node' } },
        },
      },
    };
    assert.deepEqual(bodySchema(ref('Node'), { schemas: { Node: node } }), {
      $ref: '#/$defs/Node',
      $defs: expected,
    });
    assert.deepEqual(
      bodySchema({ type: 'array', items: ref('Node') }, { schemas: { Node: node } })['$defs'],
      expected,
    );
  });

  test('a recursive schema accepts three levels and refuses a wrong one', () => {
    const input = {
      $ref: '#/$defs/Node',
      $defs: bodySchema(ref('Node'), { schemas: { Node: node } })['$defs'],
    };
    const validate = new Ajv2020({ strict: false }).compile(input);
    assert.ok(validate({ name: 'a', kids: [{ name: 'b', kids: [{ name: 'c', kids: [] }] }] }));
    assert.ok(!validate({ name: 'a', kids: [{ kids: [{ name: 1 }] }] }));
  });

  test('a reference to itself, in two steps, and a long chain end', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [`C${at}`, ref(`C${at + 1}`)]),
    );
    const schemas = { S: ref('S'), A: ref('B'), B: ref('A'), ...chain };
    for (const name of ['S', 'A', 'C0']) {
      const start = performance.now();
      bodySchema({ type: 'object', properties: { p: ref(name) } }, { schemas });
      assert.ok(performance.now() - start < 2000, name);
    }
  });

  test('only what is reached is carried', () => {
    const schemas = { Node: node, Other: node };
    const { $defs } = bodySchema({ type: 'array', items: ref('Node') }, { schemas });
    assert.deepEqual(Object.keys($defs as JsonObject), ['Node']);
  });

  test('a schema keeps to its size (toolSchemaBytesMax)', () => {
    const wide = (at: number): JsonObject => ({
      type: 'object',
      description: 'w'.repeat(200),
      properties: Object.fromEntries(
        Array.from({ length: 30 }, (_, key) => [
          `k${key}`,
          key % 3 === 0
            ? ref(`W${(at * 3 + key) % 200}`)
            : { type: 'string', description: 'd'.repeat(90) },
        ]),
      ),
    });
    const schemas = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [`W${at}`, wide(at)]),
    );
    const sizeOf = (options: CompileOptions): number =>
      JSON.stringify(bodySchema(ref('W0'), { schemas, options })).length;
    assert.ok(sizeOf({}) <= limits.toolSchemaBytesMax);
    assert.ok(sizeOf({}) > limits.toolSchemaBytesMax * 0.8, 'as much as fits is kept');
    assert.ok(sizeOf({ toolSchemaBytesMax: 8_000 }) <= 8_000);
    assert.ok(sizeOf({ toolSchemaBytesMax: 10_000_000 }) > 200_000);
  });

  test('one large schema without references keeps to its size too', () => {
    const deep = (depth: number): JsonObject => ({
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: 6 }, (_, at) => [
          `p${at}`,
          depth === 0 ? { type: 'string', description: 'x'.repeat(50) } : deep(depth - 1),
        ]),
      ),
    });
    const bytes = JSON.stringify(bodySchema(deep(5))).length;
    assert.ok(bytes <= limits.toolSchemaBytesMax, String(bytes));
  });

  test('nesting ends somewhere (schemaDepthMax)', () => {
    const nested = (depth: number): Json =>
      depth === 0 ? { type: 'string' } : { not: nested(depth - 1) };
    const options = { toolSchemaBytesMax: 1_000_000 };
    const count = (depth: number): number =>
      JSON.stringify(bodySchema(nested(depth), { options })).split('"not"').length - 1;
    assert.equal(count(limits.schemaDepthMax), limits.schemaDepthMax);
    assert.ok(
      JSON.stringify(bodySchema(nested(limits.schemaDepthMax), { options })).includes('string'),
    );
    assert.ok(
      !JSON.stringify(bodySchema(nested(limits.schemaDepthMax + 1), { options })).includes(
        'string',
      ),
    );
  });

  test('an enum and a pattern end somewhere (schemaEnumItemsMax, schemaPatternLengthMax)', () => {
    const options = { toolSchemaBytesMax: 1_000_000 };
    const kept = (schema: JsonObject, keyword: string): boolean =>
      bodySchema(schema, { options })[keyword] !== undefined;
    const values = (count: number): JsonObject => ({
      type: 'integer',
      enum: Array.from({ length: count }, (_, at) => at),
    });
    assert.ok(kept(values(limits.schemaEnumItemsMax), 'enum'));
    assert.ok(!kept(values(limits.schemaEnumItemsMax + 1), 'enum'));
    const pattern = (length: number): JsonObject => ({
      type: 'string',
      pattern: 'a'.repeat(length),
    });
    assert.ok(kept(pattern(limits.schemaPatternLengthMax), 'pattern'));
    assert.ok(!kept(pattern(limits.schemaPatternLengthMax + 1), 'pattern'));
  });

  test('references that multiply are written once', () => {
    const level = (at: number): JsonObject => ({
      type: 'object',
      allOf: Array.from({ length: 8 }, () => ref(`L${at + 1}`)),
      properties: Object.fromEntries(
        Array.from({ length: 8 }, (_, key) => [`k${key}`, ref(`L${at + 1}`)]),
      ),
    });
    const levels = Array.from({ length: 10 }, (_, at) => [`L${at}`, level(at)] as const);
    const schemas = { ...Object.fromEntries(levels), L10: { type: 'object' } };
    const start = performance.now();
    bodySchema(ref('L0'), { schemas });
    const loop = {
      type: 'object',
      properties: {
        a: { properties: { b: { $ref: '#/properties/a' }, c: { $ref: '#/properties/a' } } },
      },
    };
    bodySchema(loop, { version: '3.1.0' });
    assert.ok(performance.now() - start < 2000);
  });
});
