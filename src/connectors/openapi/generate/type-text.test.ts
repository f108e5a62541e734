import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { typeText } from './type-text.ts';

const text = { type: 'string' };

describe('schemas as types', () => {
  test('what a type can say, it says', () => {
    const schema = {
      type: 'object',
      required: ['id'],
      properties: {
        id: { type: 'integer', description: 'Its\nnumber */ here' },
        'two words': { type: ['string', 'null'] },
        state: { enum: ['a', 'b"', 7, null, true] },
        list: { type: 'array', items: { anyOf: [text, { type: 'number' }] } },
        map: { type: 'object', additionalProperties: { const: 'x' } },
        whole: { type: 'object', properties: { a: text }, additionalProperties: text },
      },
    };
    assert.equal(
      typeText(schema, 'A'),
      `export type A = {
  /** Its number * / here */
  readonly "id": number;
  readonly "two words"?: string | null;
  readonly "state"?: "a" | "b\\"" | 7 | null | true;
  readonly "list"?: readonly (string | number)[];
  readonly "map"?: { readonly [key: string]: "x" };
  readonly "whole"?: {
    readonly "a"?: string;
    readonly [key: string]: unknown;
  };
};
`,
    );
  });

  test('what it cannot say is any JSON value', () => {
    assert.equal(typeText({}, 'A'), 'export type A = $Json;\n');
    assert.equal(typeText({ $ref: '#/$defs/Gone' }, 'A'), 'export type A = $Json;\n');
    const many = Array.from({ length: 30 }, (_, at) => ({ const: at }));
    const wide = { allOf: [{ anyOf: many }, { oneOf: many }] };
    assert.equal(typeText(wide, 'A'), 'export type A = $Json;\n');
  });

  test('definitions may go round inside of properties, not as aliases of each other', () => {
    const $defs = {
      Tree: {
        type: 'object',
        properties: { kids: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
      },
      One: { anyOf: [text, { $ref: '#/$defs/Two' }] },
      Two: { allOf: [{ $ref: '#/$defs/One' }] },
      tree: { $ref: '#/$defs/Tree' },
    };
    const root = { type: 'object', properties: { one: { $ref: '#/$defs/One' } }, $defs };
    assert.equal(
      typeText(root, 'A'),
      `type A_Tree = {
  readonly "kids"?: readonly (A_Tree)[];
};
type A_One = string | $Json;
type A_Two = $Json;
type A_tree_2 = A_Tree;
export type A = {
  readonly "one"?: A_One;
};
`,
    );
  });
});
