import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { safeKey } from '../text/safe-key.ts';
import { bodySchema, schemaReference as ref } from '../../../../test/support/body-schema.ts';

describe('schemas become JSON Schema 2020-12', () => {
  const cases: readonly [string, Json, JsonObject][] = [
    ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['nullable in 2.0 words', { type: 'string', 'x-nullable': true }, { type: ['string', 'null'] }],
    [
      'nullable enum',
      { type: 'string', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'nullable enum without a type',
      { nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'nullable union',
      { nullable: true, oneOf: [{ type: 'string' }, { type: 'object' }] },
      { oneOf: [{ type: 'string' }, { type: 'object' }, { type: 'null' }] },
    ],
    [
      'exclusive bound of draft 4',
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      { type: 'integer', exclusiveMinimum: 1 },
    ],
    [
      'exclusive bound switched off',
      { type: 'integer', maximum: 1, exclusiveMaximum: false },
      { type: 'integer', maximum: 1 },
    ],
    [
      'exclusive bound of 2020-12',
      { type: 'number', exclusiveMaximum: 9 },
      { type: 'number', exclusiveMaximum: 9 },
    ],
    [
      'binary',
      { type: 'string', format: 'binary' },
      { type: 'string', description: '(base64)', contentEncoding: 'base64' },
    ],
    ['foreign words for types', { type: 'float' }, { type: 'number' }],
    ['unknown type', { type: 'anything' }, {}],
    [
      'type from the rest',
      { properties: { a: { minLength: 1 } } },
      { type: 'object', properties: { a: { type: 'string', minLength: 1 } } },
    ],
    [
      'enum of another type',
      { type: 'string', enum: [true, 1, 'x'] },
      { type: 'string', enum: ['true', '1', 'x'] },
    ],
    ['enum with repetitions', { enum: ['a', 'a'] }, { type: 'string', enum: ['a'] }],
    [
      'enum with bounds',
      { type: 'string', maxLength: 9, pattern: 'a', enum: ['a'] },
      { type: 'string', enum: ['a'] },
    ],
    ['empty enum', { type: 'string', enum: [] }, { type: 'string' }],
    ['array of nothing in particular', { type: 'array' }, { type: 'array', items: {} }],
    [
      'tuple of draft 4',
      { type: 'array', items: [{ type: 'string' }], additionalItems: false },
      { type: 'array', prefixItems: [{ type: 'string' }], items: false },
    ],
    [
      'required as a flag',
      { type: 'object', required: true, properties: {} },
      { type: 'object', properties: {} },
    ],
    [
      'required twice',
      { type: 'object', required: ['a', 'a'], properties: { a: {} } },
      { type: 'object', properties: { a: {} }, required: ['a'] },
    ],
    [
      'numbers as text',
      { type: 'string', maxLength: '10', minLength: -1 },
      { type: 'string', maxLength: 10 },
    ],
    ['default that fits', { type: 'integer', default: 5 }, { type: 'integer', default: 5 }],
    ['default that does not', { type: 'integer', default: 'five' }, { type: 'integer' }],
    [
      'one branch',
      { description: 'Mine', allOf: [{ type: 'string' }] },
      { description: 'Mine', type: 'string' },
    ],
    [
      'unknown keywords',
      { type: 'string', example: 'x', xml: {}, externalDocs: {}, 'x-a': 1 },
      { type: 'string' },
    ],
    [
      'pattern of another flavour',
      { type: 'string', pattern: '^\\A[\\w\\-]+\\Z$' },
      { type: 'string' },
    ],
    [
      'pattern that can be repaired',
      { type: 'string', pattern: '^[\\w\\-\\_]+$' },
      { type: 'string', pattern: '^[\\w\\x2d_]+$' },
    ],
    ['pattern that explodes', { type: 'string', pattern: '^(a+)+$' }, { type: 'string' }],
    [
      'dependencies',
      { type: 'object', dependencies: { a: ['b'] } },
      { type: 'object', dependentRequired: { a: ['b'] } },
    ],
    [
      'false',
      { type: 'object', properties: { a: false } },
      { type: 'object', properties: { a: { not: {} } } },
    ],
  ];
  for (const [name, schema, expected] of cases) {
    test(name, () => assert.deepEqual(bodySchema(schema), expected));
  }

  test('a nullable reference allows null', () => {
    const schemas = {
      P: { type: 'object', properties: { p: { nullable: true, allOf: [ref('P')] } } },
    };
    assert.deepEqual(
      bodySchema({ type: 'array', items: { ...ref('P'), nullable: true } }, { schemas }),
      {
        type: 'array',
        items: { anyOf: [{ $ref: '#/$defs/P' }, { type: 'null' }] },
        $defs: {
          P: {
            type: 'object',
            properties: { p: { anyOf: [{ $ref: '#/$defs/P' }, { type: 'null' }] } },
          },
        },
      },
    );
  });

  test('keywords beside a reference count from 3.1 on', () => {
    const schemas = { P: { type: 'object', properties: { q: { type: 'object' } } } };
    const schema = { type: 'array', items: { ...ref('P'), minProperties: 1 } };
    const items = (version: string): Json | undefined =>
      bodySchema(schema, { version, schemas })['items'];
    assert.deepEqual(items('3.0.3'), { $ref: '#/$defs/P' });
    assert.deepEqual(items('3.1.0'), { minProperties: 1, $ref: '#/$defs/P' });
  });

  test('a discriminator tells each branch its tag', () => {
    const schemas = {
      Cat: { type: 'object', properties: { c: {} } },
      Dog: { type: 'object', properties: { d: {} } },
    };
    const mapping = { cat: '#/components/schemas/Cat', kitten: 'Cat', dog: 'Dog' };
    const schema = {
      oneOf: [ref('Cat'), ref('Dog')],
      discriminator: { propertyName: 'kind', mapping },
    };
    assert.deepEqual(bodySchema(schema, { schemas })['oneOf'], [
      {
        $ref: '#/$defs/Cat',
        properties: { kind: { enum: ['cat', 'kitten'] } },
        required: ['kind'],
      },
      { $ref: '#/$defs/Dog', properties: { kind: { const: 'dog' } }, required: ['kind'] },
    ]);
  });

  test('an object of several kinds says which there are and what each adds', () => {
    const schemas: JsonObject = {
      Fish: {
        type: 'object',
        discriminator: { propertyName: 'kind', mapping: { big: '#/components/schemas/Shark' } },
        properties: { kind: { type: 'string', description: 'What it is.' }, length: {} },
      },
      Salmon: { allOf: [ref('Fish'), { properties: { location: {} }, required: ['location'] }] },
      Smart: { allOf: [ref('Salmon')], 'x-ms-discriminator-value': 'smart' },
      Shark: { allOf: [ref('Fish')], properties: { age: {} } },
      Loop: { allOf: [ref('Loop'), ref('Fish')] },
    };
    const { properties } = bodySchema(ref('Fish'), { schemas }) as { properties: JsonObject };
    assert.deepEqual(properties['kind'], {
      type: 'string',
      description: 'What it is. Kinds: Salmon (location*); smart; big (age); Loop',
    });
    assert.deepEqual(properties['length'], {});
  });

  test('read-only properties are not asked for, inherited ones neither', () => {
    const schemas = {
      Base: {
        type: 'object',
        properties: { id: { type: 'string', readOnly: true }, n: ref('Ro') },
      },
      Ro: { type: 'string', readOnly: true },
    };
    const schema = {
      allOf: [
        ref('Base'),
        { type: 'object', required: ['x'], properties: { x: { type: 'string' } } },
      ],
      required: ['id', 'x', 'n'],
    };
    const { required, $defs } = bodySchema(schema, { schemas });
    assert.deepEqual(required, ['x']);
    assert.deepEqual($defs, { Base: { type: 'object', properties: {} } });
  });

  test('anchors, ids and references into the schema at hand', () => {
    const schemas = {
      A: { $anchor: 'here', type: 'object', properties: { a: { type: 'integer' } } },
      B: {
        $id: 'https://x.example/b',
        $defs: { C: { type: 'object', title: 'c' } },
        type: 'object',
      },
    };
    const properties = {
      a: { $ref: '#here' },
      c: { $ref: 'https://x.example/b#/$defs/C' },
      l: { $ref: '#/$defs/Local' },
    };
    const schema = { type: 'object', properties, $defs: { Local: { type: 'boolean' } } };
    const got = bodySchema(schema, { version: '3.1.0', schemas });
    assert.deepEqual(got['properties'], {
      a: { $ref: '#/$defs/A' },
      c: { type: 'object' },
      l: { type: 'boolean' },
    });
  });
});

describe('keys', () => {
  test('keys that a model cannot be shown are renamed below the top level', () => {
    const keys = ['$filter', '@type', 'a b', 'ключ', '__proto__', 'x'.repeat(65), 'constructor'];
    const properties = JSON.parse(
      `{${keys.map((key) => `${JSON.stringify(key)}:{"type":"string"}`).join(',')}}`,
    ) as JsonObject;
    const schema = bodySchema({ type: 'object', properties, required: keys });
    const names = Object.keys(schema['properties'] as JsonObject);
    assert.equal(names.length, keys.length);
    assert.ok(names.every((name) => /^[A-Za-z0-9_.-]{1,64}$/.test(name)));
    assert.deepEqual(schema['required'], names);
    assert.deepEqual(names, keys.map(safeKey));
    assert.equal(names.at(-1), 'constructor');
  });

  test('fixed values are renamed like the properties they meet', () => {
    const schema = bodySchema({ const: { '@type': 'x' } }, { version: '3.1.0' });
    assert.deepEqual(schema, { const: { [safeKey('@type')]: 'x' } });
  });
});
