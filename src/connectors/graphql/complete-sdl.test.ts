import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GraphQLSchema } from 'graphql';
import { readSdl, schemaFromSdl } from './load-schema.ts';

const rootFields = (schema: GraphQLSchema): readonly string[] =>
  Object.keys(schema.getQueryType()?.getFields() ?? {});

describe('SDL that is not self-contained', () => {
  test('uses scalars and directives of its server', () => {
    const { schema, diagnostics } = readSdl(`
      type Session @aws_cognito_user_pools { id: ID! at: AWSDateTime! data: [AWSJSON!] }
      type Query { session(id: ID!, since: AWSDateTime): Session @aws_iam }
      input Filter { mail: AWSEmail }
      schema { query: Query }`);
    assert.deepEqual(rootFields(schema), ['session']);
    assert.deepEqual(
      diagnostics.map(({ code, text }) => [code, /"(\w+)"/.exec(text)?.[1]]),
      ['AWSDateTime', 'AWSJSON', 'AWSEmail'].map((name) => ['unknown_scalar', name]),
    );
  });

  test('only extends what the whole graph defines', () => {
    const { schema } = readSdl(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      directive @key(fields: FieldSet!) repeatable on OBJECT
      extend type Query { me: User }
      extend type Query { all: [User!]! }
      extend type User @key(fields: "id") { id: ID! }
      type Page implements Elsewhere { id: ID! user: User }
      union Found = Page | Elsewhere
      extend enum Color { RED }`);
    assert.deepEqual(rootFields(schema), ['me', 'all']);
    assert.ok(schema.getType('Color') !== undefined);
    assert.ok(schema.getType('Elsewhere') === undefined);
  });

  test('is refused when it offers nothing, with the fix', () => {
    for (const sdl of [
      'type User { id: ID! }',
      'schema @link(url: "x") { query: Query } type Query',
      '',
    ]) {
      assert.throws(
        () => schemaFromSdl(sdl),
        (error: Error & { code?: string }) => error.code === 'invalid_document',
        sdl,
      );
    }
    assert.throws(() => schemaFromSdl('type User { id: ID! }'), /no root fields.*type Query/);
  });
});
