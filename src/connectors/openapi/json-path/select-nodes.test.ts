import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { query } from 'json-p3';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { meets, selectNodes } from './select-nodes.ts';

describe('a JSONPath', () => {
  const list: JsonObject = { a: [{ n: 1, k: 'x' }, { n: 2, k: 'y' }, { n: 3 }], 'b-c': { n: 9 } };
  const values = (path: string): readonly Json[] =>
    selectNodes(list, path).map(({ value }) => value);

  test('names, indexes, unions, wildcards and everything below', () => {
    assert.deepEqual(values('$'), [list]);
    assert.deepEqual(values('$.a[0].n'), [1]);
    assert.deepEqual(values('$.a[-1].n'), [3]);
    assert.deepEqual(values("$['b-c'].n"), [9]);
    assert.deepEqual(values('$.b-c.n'), [9]);
    assert.deepEqual(values('$.a[0,2].n'), [1, 3]);
    assert.deepEqual(values('$.a[*].n'), [1, 2, 3]);
    assert.deepEqual(values('$..n'), [1, 2, 3, 9]);
    assert.deepEqual(values('$.none.n'), []);
    assert.deepEqual(values('$.__proto__'), []);
    assert.deepEqual(values("$['*']"), [], 'a quoted star is a name');
  });

  test('filters', () => {
    assert.deepEqual(values("$.a[?@.k == 'x'].n"), [1]);
    assert.deepEqual(values("$.a[?(@.k=='x' || @.n > 2)].n"), [1, 3]);
    assert.deepEqual(values('$.a[?@.k && @.n != 1].n'), [2]);
    assert.deepEqual(values('$.a[?!@.k].n'), [3]);
    assert.deepEqual(values("$.a[?@['n'] <= 2].n"), [1, 2]);
    assert.deepEqual(values('$.*[?@.k].n'), [1, 2]);
  });

  test('says where it is not understood', () => {
    for (const path of ['a', '$.', '$[', '$[x]', "$['x", '$[?]', '$.a[?@.n =]', '$.a[1.5]']) {
      assert.throws(() => selectNodes(list, path), SyntaxError, path);
    }
    const nested = `$[?${'('.repeat(50)}@.a${')'.repeat(50)}]`;
    assert.throws(() => selectNodes(list, nested), SyntaxError);
  });

  test('slices, functions, paths in filters', () => {
    assert.deepEqual(values('$.a[1:].n'), [2, 3]);
    assert.deepEqual(values('$.a[::-2].n'), [3, 1]);
    assert.deepEqual(values('$.a[?length(@.k) == 1].n'), [1, 2]);
    assert.deepEqual(values('$.a[?count(@.*) == 1].n'), [3]);
    assert.deepEqual(values('$[?@..k].*.n'), [1, 2, 3]);
    assert.deepEqual(values("$.a[?match(@.k, 'x|z')].n"), [1]);
    assert.deepEqual(values("$.a[?search(@.k, '[y]')].n"), [2]);
    assert.deepEqual(values("$.a[?search(@.k, '(')].n"), [], 'no pattern matches nothing');
    assert.deepEqual(values('$.a[0,0].n'), [1], 'each value once');
    // `$` is the whole document in a filter inside a filter too.
    assert.deepEqual(selectNodes({ a: [{ b: [5] }], c: 5 }, '$.a[?@.b[?@ == $.c]]').length, 1);
  });

  test('a test on its own', () => {
    assert.equal(meets(list, "$.a[0].k == 'x' && @['b-c'].n >= 9"), true);
    assert.equal(meets(list, '!$.a[0]'), false);
    assert.equal(meets(list, '$.none'), false);
    for (const text of ['', '$.a, $.b', '$.a].b[?$.c', '$.a ==', '1', 'count($.a)']) {
      assert.throws(() => meets(list, text), SyntaxError, text);
    }
  });

  test('selects what the library alone selects', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<Json>(1, 2, 'x', null, true),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    const condition = fc.constantFrom(
      '@.a',
      '@.b == 1',
      '!@[0]',
      '@..c',
      '@.a == @.b',
      '$.a == @',
      '@ > 1',
    );
    const selector = fc.oneof(
      name.map((each) => `'${each}'`),
      fc.constantFrom('0', '-1', '*', '1:', '::-1'),
      condition.map((each) => `?${each}`),
    );
    const segment = fc
      .tuple(fc.constantFrom('', '..'), fc.array(selector, { minLength: 1, maxLength: 2 }))
      .map(([dots, selectors]) => `${dots}[${selectors.join(',')}]`);
    const path = fc.array(segment, { maxLength: 3 }).map((segments) => `$${segments.join('')}`);
    let found = 0;
    fc.assert(
      fc.property(fc.dictionary(name, tree, { noNullPrototype: true }), path, (root, text) => {
        const ours = selectNodes(root, text).map((node) => JSON.stringify(node.path));
        const all = [...query(text, root as never)].map(({ location }) => JSON.stringify(location));
        found += ours.length;
        assert.deepEqual(ours, [...new Set(all)]);
      }),
      { numRuns: 400 },
    );
    assert.ok(found > 100, `only ${found} nodes`);
  });
});

describe('a JSONPath is bounded', () => {
  const bounded = (root: JsonObject, path: string, problem: RegExp): void => {
    const startMs = performance.now();
    assert.throws(() => selectNodes(root, path), problem, path.slice(0, 80));
    assert.ok(performance.now() - startMs < 10_000, path.slice(0, 80));
  };
  const many = (count: number): JsonObject => ({ all: Array.from({ length: count }, () => 1) });

  test('in what it selects (overlayNodesMax)', () => {
    const max = limits.overlayNodesMax;
    assert.equal(selectNodes(many(max), '$.all[*]').length, max);
    bounded(many(max + 1), '$.all[*]', /selects too much/);
  });

  test('in what it looks at (jsonPathVisitsMax)', () => {
    const filters = 20;
    const path = `$.all[${Array.from({ length: filters }, () => '?1 == 2').join()}]`;
    // The first segment looks at one value; each filter looks at the list and at every item.
    const most = Math.floor((limits.jsonPathVisitsMax - 1) / filters) - 1;
    assert.equal(selectNodes(many(most), path).length, 0);
    bounded(many(most + 1), path, /looks at too much/);
  });

  test('in depth (jsonPathDepthMax)', () => {
    const deep = (levels: number): JsonObject =>
      Array.from({ length: levels }).reduce<JsonObject>((inner) => ({ a: inner }), {});
    const max = limits.jsonPathDepthMax;
    assert.equal(selectNodes(deep(max), '$..a').length, max);
    bounded(deep(max + 1), '$..a', /goes too deep/);
    bounded(deep(50_000), '$..a', /goes too deep/);
  });

  test('in length and nesting (jsonPathCharactersMax, jsonPathNestingMax)', () => {
    const long = (length: number): string => `$.${'x'.repeat(length - 2)}`;
    assert.equal(selectNodes({}, long(limits.jsonPathCharactersMax)).length, 0);
    bounded({}, long(limits.jsonPathCharactersMax + 1), /too long/);
    const nested = (depth: number): string => `$[?${'('.repeat(depth - 1)}@.a${')'.repeat(depth)}`;
    const path = (depth: number): string => `${nested(depth).slice(0, -1)}]`;
    assert.equal(selectNodes({}, path(limits.jsonPathNestingMax)).length, 0);
    bounded({}, path(limits.jsonPathNestingMax + 1), /nests too deep/);
    bounded({}, `$[?${'!'.repeat(1_000)}@.a]`, /nests too deep/);
    assert.equal(selectNodes({}, `$['${'('.repeat(100)}']`).length, 0, 'a quoted one nests not');
  });

  test('in its regular expressions (jsonPathPatternCharactersMax)', () => {
    const max = limits.jsonPathPatternCharactersMax;
    const root = (length: number): JsonObject => ({ s: 'x'.repeat(length), p: 'x'.repeat(length) });
    assert.equal(selectNodes(root(max), '$[?match(@, $.p)]').length, 2);
    assert.equal(selectNodes(root(max + 1), '$[?match(@, $.p)]').length, 0);
    const text = { s: `${'a'.repeat(50_000)}!` };
    const startMs = performance.now();
    assert.equal(selectNodes(text, "$[?match(@, '(a+)+b')]").length, 0);
    assert.ok(performance.now() - startMs < 10_000);
    bounded(text, `$[?search(@, '${'a{1000}'.repeat(20)}')]`, /looks at too much/);
  });

  test('whatever its author thinks of', () => {
    const list = Array.from({ length: 20_000 }, (_, n) => ({ n, s: 'x' }));
    const levels = (depth: number): Json =>
      depth === 0 ? 1 : Array.from({ length: 10 }, () => levels(depth - 1));
    const root: JsonObject = { list, tree: levels(4) };
    bounded(root, '$.list[?count($..*) > 1]', /too much/);
    bounded(root, '$.list[?length($.list) > 1]', /too much/);
    bounded(root, '$..[?@ == $.list]', /too much/);
    bounded(root, `$..[${Array.from({ length: 200 }, () => '?1 == 2').join()}]`, /too much/);
    bounded(root, `$..[${Array.from({ length: 900 }, () => '*').join()}]`, /too much/);
  });
});
