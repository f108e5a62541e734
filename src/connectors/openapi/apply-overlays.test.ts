import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { applyOverlays } from './apply-overlays.ts';
import { selectNodes } from './select-nodes.ts';

const overlay = (...actions: readonly JsonObject[]): JsonObject => ({
  overlay: '1.0.0',
  info: { title: 'Changes', version: '1' },
  actions,
});

const root: JsonObject = {
  info: { title: 'T' },
  tags: ['a'],
  paths: {
    '/pets': { get: { tags: ['a'], 'x-internal': true }, post: { tags: ['b'] } },
    '/toys': { get: { tags: ['b'], parameters: [{ name: 'q' }, { name: 'old' }] } },
  },
};

const after = (...actions: readonly JsonObject[]): JsonObject =>
  applyOverlays(root, [overlay(...actions)]).root;

describe('JSONPath', () => {
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

  test('selects at most overlayNodesMax', () => {
    const many = (count: number): JsonObject => ({ all: Array.from({ length: count }, () => 1) });
    const max = limits.overlayNodesMax;
    assert.equal(selectNodes(many(max), '$.all[*]').length, max);
    assert.throws(() => selectNodes(many(max + 1), '$.all[*]'), RangeError);
  });
});

describe('overlays', () => {
  test('update merges objects, adds to lists, replaces the rest; the given document stays', () => {
    const before = structuredClone(root);
    const changed = after(
      { target: '$.info', update: { title: 'New', contact: { name: 'N' } } },
      { target: '$.tags', update: 'b' },
      { target: '$.paths.*.get', update: { tags: ['c'] } },
      { target: '$', update: { servers: [{ url: '/v1' }] } },
    );
    assert.deepEqual(changed['info'], { title: 'New', contact: { name: 'N' } });
    assert.deepEqual(changed['tags'], ['a', 'b']);
    assert.deepEqual(changed['servers'], [{ url: '/v1' }]);
    const paths = changed['paths'] as Record<string, { get: JsonObject }>;
    assert.deepEqual(paths['/pets']?.get['tags'], ['a', 'c']);
    assert.deepEqual(paths['/toys']?.get['tags'], ['b', 'c']);
    assert.deepEqual(root, before);
  });

  test('remove takes out members and items, several at once', () => {
    const changed = after(
      { target: "$.paths.*.*[?@.name == 'old']", remove: true },
      { target: '$.paths.*.*.parameters[?@.name]', remove: true },
      { target: "$.paths.*[?@['x-internal'] == true]", remove: true },
    );
    const paths = changed['paths'] as Record<string, JsonObject>;
    assert.deepEqual(Object.keys(paths['/pets'] ?? {}), ['post']);
    const get = paths['/toys']?.['get'] as JsonObject | undefined;
    assert.deepEqual(get?.['parameters'], []);
  });

  test('a target that selects nothing leaves a diagnostic', () => {
    const { diagnostics } = applyOverlays(root, [overlay({ target: '$.nothing', update: {} })]);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['overlay_selects_nothing'],
    );
  });

  test('what is no overlay is refused', () => {
    const refused = (wrong: JsonObject): void => {
      assert.throws(() => applyOverlays(root, [wrong]), { code: 'invalid_configuration' });
    };
    refused({ actions: [] });
    refused({ overlay: '2.0.0', actions: [] });
    refused({ overlay: '1.0.0' });
    refused(overlay({ update: {} }));
    refused(overlay({ target: '$[', update: {} }));
  });

  test('has at most overlayActionsMax actions', () => {
    const many = (count: number): JsonObject[] =>
      Array.from({ length: count }, () => ({ target: '$.tags[0]', update: 'x' }));
    assert.doesNotThrow(() => after(...many(limits.overlayActionsMax)));
    assert.throws(() => after(...many(limits.overlayActionsMax + 1)));
  });

  test('no update reaches a prototype', () => {
    const update = JSON.parse('{"__proto__":{"polluted":1},"info":{"x":1}}') as JsonObject;
    const changed = after({ target: '$', update });
    assert.equal((changed as Record<string, unknown>)['polluted'], undefined);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});
