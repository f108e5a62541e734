import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { isCarriedInResult, toLegacyOutputSchema } from './legacy-output-schema.ts';

const row = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };

/** A schema, values that fit it and values that do not. */
const cases: Readonly<Record<string, readonly [JsonObject, readonly Json[], readonly Json[]]>> = {
  union: [{ oneOf: [row, { ...row, required: ['b'] }] }, [{ a: 'x' }], [{}, 1]],
  reference: [{ $ref: '#/$defs/Row', $defs: { Row: row } }, [{ a: 'x' }], [{}, null]],
  typeless: [{ properties: row.properties, required: ['a'] }, [{ a: 'x' }, 1, null], [{}]],
  nullable: [{ ...row, type: ['object', 'null'] }, [{ a: 'x' }, null], [{}, 1]],
  list: [
    { type: 'array', items: { $ref: '#/definitions/Row' }, definitions: { Row: row } },
    [[{ a: 'x' }], []],
    [{ a: 'x' }, 1],
  ],
  tree: [{ type: 'array', items: { $ref: '#' } }, [[], [[[]]]], [[1], {}]],
  treeOrLeaf: [
    {
      anyOf: [
        { type: 'string' },
        { type: 'object', properties: { to: { $ref: '#' } }, required: ['to'] },
      ],
    },
    ['a', { to: 'a' }, { to: { to: 'a' } }],
    [{}, 1, { to: 1 }],
  ],
  enumerated: [{ enum: ['a', 'b'] }, ['a'], ['c', { a: 1 }]],
  both: [{ allOf: [row, {}] }, [{ a: 'x' }], [{}]],
};

describe('toLegacyOutputSchema', () => {
  for (const [name, [schema, right, wrong]] of Object.entries(cases)) {
    it(`describes what is sent: ${name}`, () => {
      const shown = toLegacyOutputSchema(schema);
      assert.equal(shown['type'], 'object');
      const validate = new Ajv2020({ strict: false }).compile(shown);
      const sent = (value: Json): Json => (isCarriedInResult(value) ? { result: value } : value);
      for (const value of right) assert.ok(validate(sent(value)), JSON.stringify(value));
      for (const value of wrong) assert.equal(validate(sent(value)), false, JSON.stringify(value));
    });
  }
});
