import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildSchema, type GraphQLInputType } from 'graphql';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { inputSchemaOf } from './input-schema.ts';

const tables = 60;
const schema = buildSchema(`
  scalar Money
  scalar Shape
  enum Kind { A B }
  input One @oneOf { id: ID name: String }
  input Deep { deeper: Deep list: [[Deep!]!] money: Money = 3 kind: Kind! }
  ${Array.from(
    { length: tables },
    (_, at) => `
  input Filter${at} {
    ${Array.from({ length: 20 }, (_, f) => `f${f}: Filter${(at + f + 1) % tables}`).join('\n')}
  }`,
  ).join('\n')}
  type Query { a(one: One!, deep: Deep, shape: Shape, filter: Filter0, kinds: [Kind!] = [A]): Int }
`);

describe('the arguments of a tool', () => {
  const typeOf = (name: string): GraphQLInputType => schema.getType(name) as GraphQLInputType;

  test('follow types that contain themselves, and @oneOf', () => {
    const inputs = [
      { name: 'one', type: typeOf('One') },
      { name: 'deep', type: typeOf('Deep') },
      { name: 'shape', type: typeOf('Shape') },
    ];
    const money = { type: 'string', pattern: '^[0-9]+$' };
    const made = inputSchemaOf(inputs, { Money: money });
    assert.deepEqual((made['$defs'] as Record<string, unknown>)['Deep'], {
      type: 'object',
      properties: {
        deeper: { $ref: '#/$defs/Deep' },
        list: { type: 'array', items: { type: 'array', items: { $ref: '#/$defs/Deep' } } },
        money,
        kind: { type: 'string', enum: ['A', 'B'] },
      },
      required: ['kind'],
      additionalProperties: false,
    });
    assert.deepEqual((made['properties'] as Record<string, unknown>)['shape'], {
      description: 'Shape',
    });
    const accepts = new Ajv2020({ strict: false }).compile(made);
    assert.equal(accepts({ one: { id: 'x' }, deep: { kind: 'A', list: [[{ kind: 'B' }]] } }), true);
    assert.equal(accepts({ one: { id: 'x', name: 'y' } }), false);
    assert.equal(accepts({ deep: { kind: 'C' } }), false);
  });

  test('stay small however wide the types are', () => {
    const inputs = [{ name: 'filter', type: typeOf('Filter0') }];
    const whole = JSON.stringify(inputSchemaOf(inputs, {}, 1_000_000));
    assert.ok(whole.length > 40_000, `only ${whole.length}`);
    for (const bytesMax of [32_768, 20_000, 2_000]) {
      const made = inputSchemaOf(inputs, {}, bytesMax);
      assert.ok(JSON.stringify(made).length <= bytesMax);
      new Ajv2020({ strict: false }).compile(made);
    }
  });
});
