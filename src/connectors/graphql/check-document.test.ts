import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildSchema } from 'graphql';
import { limits } from '../../kernel/limits.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { checkDocument, DocumentError, type CheckedDocument } from './check-document.ts';

const schema = buildSchema(`
  input Page { first: Int }
  type Node {
    id: ID child: Node items(first: Int = 5, page: Page): [Node] pages(first: Int): Pages
  }
  type Pages { nodes: [Node] total: Int }
  type Query { node: Node items(first: Int): [Node] }
  type Mutation { drop: Boolean }
`);
const rules = { allowMutations: false, depthMax: 6, aliasesMax: 3, complexityMax: 100 };
const check = (text: string, variables: JsonObject = {}, name?: string): CheckedDocument =>
  checkDocument(schema, text, name, variables, rules);
const refused = (text: string, problem: RegExp, variables: JsonObject = {}): void => {
  assert.throws(
    () => check(text, variables),
    (error) => {
      assert.ok(error instanceof DocumentError, String(error));
      assert.match(error.message, problem);
      return true;
    },
  );
};
const nested = (depth: number): string =>
  `{ node ${'{ child '.repeat(depth - 2)}{ id }${' }'.repeat(depth - 2)} }`;

describe('a document that a caller wrote', () => {
  test('may nest so deep and no deeper, fragments included', () => {
    assert.equal(check(nested(6)).measure.depth, 6);
    refused(nested(7), /nests fields 7 deep; at most 6/);
    const inFragment = '{ node { ...A } } fragment A on Node { child { child { ...B } } }';
    const deep = `${inFragment} fragment B on Node { child { child { child { id } } } }`;
    refused(deep, /nests fields 7 deep/);
  });

  test('may have so many aliases and no more, each spread counted', () => {
    const aliased = (count: number): string =>
      `{ node { ${Array.from({ length: count }, (_, at) => `a${at}: id`).join(' ')} } }`;
    assert.equal(check(aliased(3)).measure.aliases, 3);
    refused(aliased(4), /has 4 aliases; at most 3/);
    const spread = 'fragment A on Node { x: id y: id }';
    refused(`{ node { ...A child { ...A } } } ${spread}`, /has 4 aliases/);
    refused(aliased(1_000), /has 1000 aliases/);
  });

  test('may ask for so much and no more, wherever the page size stands', () => {
    const items = 'query ($n: Int = 99) { items(first: $n) { id } }';
    assert.equal(check(items).measure.complexity, 100);
    refused('query ($n: Int = 100) { items(first: $n) { id } }', /may answer with 101 fields/);
    refused(items, /may answer with 101 fields/, { n: 100 });
    refused('{ items(first: 100) { id } }', /101 fields/);
    assert.equal(check('{ items { id } }').measure.complexity, 11);
    refused('{ node { items(page: {first: 100}) { id } } }', /102 fields/);
    const inObject = 'query ($p: Page) { node { items(page: $p) { id } } }';
    refused(inObject, /102 fields/, { p: { first: 100 } });
    refused('{ node { pages(first: 100) { nodes { id } } } }', /103 fields/);
    refused('{ items(first: 9) { items(first: 12) { id } } }', /118 fields/);
  });

  test('has the bounds of the gateway unless the service sets its own', () => {
    const { graphqlDepthMax: depthMax, graphqlAliasesMax: aliasesMax } = limits;
    const { graphqlComplexityMax: complexityMax } = limits;
    const bounds = { allowMutations: false, depthMax, aliasesMax, complexityMax };
    const accepts = (text: string): boolean => {
      try {
        return checkDocument(schema, text, undefined, {}, bounds).operation !== undefined;
      } catch (error) {
        assert.ok(error instanceof DocumentError);
        return false;
      }
    };
    const aliased = (count: number): string =>
      `{ node { ${Array.from({ length: count }, (_, at) => `a${at}: id`).join(' ')} } }`;
    const paged = (items: number): string => `{ items(first: ${items}) { id } }`;
    assert.deepEqual([accepts(nested(depthMax)), accepts(nested(depthMax + 1))], [true, false]);
    assert.deepEqual(
      [accepts(aliased(aliasesMax)), accepts(aliased(aliasesMax + 1))],
      [true, false],
    );
    assert.deepEqual(
      [accepts(paged(complexityMax - 1)), accepts(paged(complexityMax))],
      [true, false],
    );
  });

  test('may not be long, spread itself, ask for the schema, or change anything', () => {
    const { graphqlDocumentBytesMax, graphqlTokensMax } = limits;
    const padded = (bytes: number): string => `{ node { id } }`.padEnd(bytes, ' ');
    assert.ok(check(padded(graphqlDocumentBytesMax)));
    refused(padded(graphqlDocumentBytesMax + 1), /is longer than/);
    const tokens = (count: number): string => `{ node { ${'id '.repeat(count - 5)} } }`;
    assert.equal(check(tokens(95)).measure.complexity, 91);
    assert.throws(() => check(tokens(graphqlTokensMax)), /may answer with/);
    refused(tokens(graphqlTokensMax + 2), /cannot be read: .*tokens/);
    refused('{ node { ...A } } fragment A on Node { child { ...A } }', /spreads itself/);
    refused('{ __schema { types { name } } }', /asks for the schema/);
    refused(
      '{ ...A } fragment A on Query { __type(name: "Node") { name } }',
      /asks for the schema/,
    );
    refused('mutation { drop }', /is a mutation/);
    refused('query A { node { id } } mutation B { drop }', /several operations/);
    refused('{ node { nope } }', /is not valid: .*nope.*line 1, column 10/);
    refused('{ node { id ', /cannot be read: /);
    refused('fragment A on Node { id }', /holds no operation/);
    assert.ok(check('query A { node { id } } query B { node { id } }', {}, 'B'));
  });

  test('costs little however hostile it is', () => {
    const fan = Array.from(
      { length: 60 },
      (_, at) =>
        `fragment F${at} on Node { child { ...F${at + 1} } pages { nodes { ...F${at + 1} } } }`,
    ).join('\n');
    const documents = [
      `{ node { ...F0 } } ${fan} fragment F60 on Node { id }`,
      `{ node { ${Array.from({ length: 600 }, (_, at) => `...G${at}`).join(' ')} } }
       ${Array.from({ length: 600 }, (_, at) => `fragment G${at} on Node{id}`).join(' ')}`,
      `{ node { ${'id '.repeat(3_900)} } }`,
      `{${'node{'.repeat(1_900)}`,
      '['.repeat(30_000),
    ];
    const lenient = { allowMutations: true, depthMax: 1e9, aliasesMax: 1e9, complexityMax: 1e15 };
    for (const text of documents) {
      const started = performance.now();
      try {
        checkDocument(schema, text, undefined, {}, lenient);
      } catch (error) {
        assert.ok(error instanceof DocumentError, String(error));
      }
      const tookMs = performance.now() - started;
      assert.ok(tookMs < 3_000, `${text.slice(0, 40)} took ${tookMs} ms`);
    }
  });
});
