import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodySchema, schemaReference as ref } from '../../../../test/support/body-schema.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { fitSchema } from '../profiles/fit-tool.ts';
import { profileNames } from '../profiles/profile-names.ts';
import { viewsOf } from '../profiles/schema-views.ts';

const id = { type: 'string', readOnly: true };
const text = { type: 'string' };

/** All names that some part of the body needs. */
function needed(schema: JsonObject): readonly string[] {
  const { $defs = {}, ...body } = schema;
  const views = viewsOf(body, { $defs });
  return [...new Set(views.flatMap((view) => (view['required'] ?? []) as readonly string[]))];
}

describe('names that are required', () => {
  const schemas: JsonObject = {
    Own: { type: 'object', properties: { id }, required: ['id'] },
    Deep: { allOf: [ref('Own')] },
    Needs: { type: 'object', properties: { name: text }, required: ['id', 'name'] },
  };
  const cases: readonly [string, Json, readonly string[]][] = [
    ['in the schema itself', { required: ['id'], properties: { id } }, []],
    [
      'beside allOf',
      { required: ['id', 'b'], allOf: [ref('Own')], properties: { b: text } },
      ['b'],
    ],
    ['two levels down', { required: ['id'], allOf: [ref('Deep')] }, []],
    ['in a sibling', { allOf: [{ required: ['id', 'c'] }, ref('Deep')] }, ['c']],
    ['in a sibling that is a component', { allOf: [ref('Needs'), ref('Deep')] }, ['name']],
    ['in the parent of a component', { allOf: [ref('Needs')], properties: { id } }, ['name']],
    [
      'where nothing else may be given',
      { required: ['a', 'b'], properties: { a: text }, additionalProperties: false },
      ['a'],
    ],
  ];
  for (const [name, schema, expected] of cases) {
    test(`and only an answer carries: ${name}`, () => {
      const written = bodySchema(schema, { schemas });
      assert.deepEqual(needed(written).toSorted(), expected);
    });
  }

  test('can be given in every profile, also when nothing describes them', () => {
    const inner = { type: 'object', properties: { a: text }, required: ['a', 'b'] };
    const input: JsonObject = { type: 'object', properties: { body: inner }, required: ['body'] };
    for (const profile of profileNames) {
      const fitted = fitSchema(input, profile) as { properties: { body: JsonObject } };
      const { properties, required, additionalProperties } = fitted.properties.body;
      const open = additionalProperties !== false && profile !== 'gemini';
      for (const one of (required ?? []) as readonly string[]) {
        assert.ok(open || Object.hasOwn(properties as JsonObject, one), `${profile} ${one}`);
      }
      assert.ok((required as readonly string[]).includes('b'), profile);
    }
  });

  test('say nothing of a type that a sibling contradicts', () => {
    const list = { type: 'array', items: text };
    assert.deepEqual(bodySchema({ allOf: [list, { required: ['a'] }] }), {
      allOf: [list, { required: ['a'] }],
    });
  });
});
