import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { addMirroredHeaders, InvalidHeaderPlan, readHeaderPlan } from './header-plan.ts';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});
const region: JsonObject = { type: 'string', 'x-mcp-header': 'Region' };

describe('readHeaderPlan', () => {
  it('finds arguments that are reached by properties alone', () => {
    const schema = object({
      region,
      nested: object({ deep: object({ flag: { type: 'boolean', 'x-mcp-header': 'Flag' } }) }),
      'x-mcp-header': { type: 'string' },
      plain: { type: 'string', default: { 'x-mcp-header': 'Not one' } },
    });
    assert.deepEqual(readHeaderPlan(schema), [
      { header: 'mcp-param-region', path: ['region'] },
      { header: 'mcp-param-flag', path: ['nested', 'deep', 'flag'] },
    ]);
    assert.deepEqual(readHeaderPlan(undefined), []);
  });

  const invalid: Readonly<Record<string, JsonObject>> = {
    'an empty name': object({ a: { ...region, 'x-mcp-header': '' } }),
    'a name with a line break': object({ a: { ...region, 'x-mcp-header': 'a\r\nb' } }),
    'a name that is no token': object({ a: { ...region, 'x-mcp-header': 'a b' } }),
    'a name that is no text': object({ a: { ...region, 'x-mcp-header': 1 } }),
    'the same name twice': object({ a: region, b: { ...region, 'x-mcp-header': 'REGION' } }),
    'a number': object({ a: { ...region, type: 'number' } }),
    'an object': object({ a: { ...region, type: 'object' } }),
    'several types': object({ a: { ...region, type: ['string', 'null'] } }),
    'the root': { ...region, type: 'object' },
    'an item': object({ a: { type: 'array', items: region } }),
    'a branch': object({}, { oneOf: [object({ a: region })] }),
    'a condition': object({}, { if: object({ a: region }) }),
    'a definition': object({}, { $defs: { a: region } }),
    'a pattern': object({}, { patternProperties: { a: region } }),
    'an unknown keyword': object({}, { 'x-mine': { properties: { a: region } } }),
  };
  for (const [name, schema] of Object.entries(invalid)) {
    it(`refuses ${name}`, () => assert.throws(() => readHeaderPlan(schema), InvalidHeaderPlan));
  }

  it('refuses a schema that is nested too deeply', () => {
    let schema: JsonObject = region;
    for (let depth = 0; depth < limits.schemaDepthMax; depth++) schema = { not: schema };
    assert.throws(() => readHeaderPlan(schema), /reached by properties/);
    assert.throws(() => readHeaderPlan({ not: schema }), /too deeply/);
  });
});

describe('addMirroredHeaders', () => {
  const plan = readHeaderPlan(
    object({ a: region, b: object({ c: { type: 'integer', 'x-mcp-header': 'Count' } }) }),
  );
  const headers = (args: JsonObject): Record<string, string> => {
    const made: Record<string, string> = {};
    addMirroredHeaders(plan, args, made);
    return made;
  };

  it('writes values as the specification shows them', () => {
    assert.deepEqual(headers({ a: 'us-west1', b: { c: -7 } }), {
      'mcp-param-region': 'us-west1',
      'mcp-param-count': '-7',
    });
    const encoded: Readonly<Record<string, string>> = {
      'Hello, 世界': '=?base64?SGVsbG8sIOS4lueVjA==?=',
      ' padded ': '=?base64?IHBhZGRlZCA=?=',
      'line1\nline2': '=?base64?bGluZTEKbGluZTI=?=',
      '=?base64?literal?=': '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=',
    };
    for (const [value, header] of Object.entries(encoded)) {
      assert.equal(headers({ a: value })['mcp-param-region'], header);
    }
  });

  it('leaves out what is absent, null or no primitive value', () => {
    assert.deepEqual(headers({ a: null, b: [] }), {});
    assert.deepEqual(headers({ a: { x: 1 }, b: { d: 1 } }), {});
    assert.deepEqual(headers({ b: 'c' }), {});
  });
});
