import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { applyOverlays } from './apply-overlays.ts';

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

  test('remove takes out the right items, in whatever order they are selected', () => {
    for (const target of ['$.tags[::-1]', '$.tags[2,0,1]', '$.tags[-1,0,1]', '$..tags[*]']) {
      const list = { tags: ['a', 'b', 'c'] };
      const { root: left } = applyOverlays(list, [overlay({ target, remove: true })]);
      assert.deepEqual(left, { tags: [] }, target);
    }
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
