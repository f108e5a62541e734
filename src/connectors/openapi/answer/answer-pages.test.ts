import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { answerPages } from './answer-pages.ts';
import { shortenJson } from './shorten-json.ts';

interface Part {
  readonly at: string;
  readonly from: number;
  readonly items?: readonly Json[];
  readonly members?: JsonObject;
  readonly text?: string;
}

type Mutable = { [key: string]: Mutable | Json } & Mutable[];

/** Puts the shortened value and all pages together, refusing what is there already. */
function together(value: Json, size: number): Json {
  const short = shortenJson(value, size);
  const pages = answerPages(value, size);
  const shown = structuredClone(short.value);
  const holder = { root: shown } as unknown as Mutable;
  for (const page of pages) {
    const { parts } = JSON.parse(page) as { parts: readonly Part[] };
    for (const { at, from, items, members, text } of parts) {
      const keys = ['root', ...pointerKeys(at)];
      const last = keys.pop() ?? '';
      const parent = keys.reduce<Mutable>((inner, key) => inner[key] as Mutable, holder);
      const target = parent[last] as Mutable;
      if (text !== undefined) {
        const known = withoutMark(String(target), from);
        assert.equal(known.length, from, 'a text goes on where it ended');
        parent[last] = known + text;
      } else if (items !== undefined) {
        assert.equal(target.length, from, 'a list goes on where it ended');
        target.push(...(items as Mutable[]));
      } else {
        assert.equal(Object.keys(target).length, from, 'an object goes on where it ended');
        for (const [key, inner] of Object.entries(members ?? {})) {
          assert.ok(!Object.hasOwn(target, key), 'no member twice');
          Object.defineProperty(target, key, {
            value: inner,
            enumerable: true,
            writable: true,
            configurable: true,
          });
        }
      }
    }
  }
  return holder['root'] as Json;
}

const withoutMark = (text: string, length: number): string =>
  text.length === length + 1 && text.endsWith('…') ? text.slice(0, -1) : text;

const pointerKeys = (at: string): readonly string[] =>
  at
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

describe('the pages of a long answer', () => {
  test('hold every item of 10 MB once, each within the budget', () => {
    const data = Array.from({ length: 60_000 }, (_, id) => ({ id, text: 'x'.repeat(150) }));
    const value = { total: data.length, data };
    const size = 100_000;
    const pages = answerPages(value, size);
    assert.ok(pages.length > 90 && pages.length < 130, `${pages.length} pages`);
    const ids = (shortenJson(value, size).value as { data: { id: number }[] }).data.map(
      ({ id }) => id,
    );
    for (const page of pages) {
      assert.ok(page.length <= size);
      const { parts } = JSON.parse(page) as { parts: readonly Part[] };
      for (const { items } of parts)
        ids.push(...(items ?? []).map((it) => Number((it as JsonObject)['id'])));
    }
    assert.deepEqual(
      ids,
      data.map(({ id }) => id),
    );
  });

  test('one text that is too long is cut between its characters', () => {
    const text = `${'é😀"\n'.repeat(4_000)}end`;
    for (const value of [text, { text }, [[text]]] as readonly Json[]) {
      assert.deepEqual(together(value, 1_000), value);
    }
  });

  test('what lies too deep to be shown comes on a page of its own', () => {
    const tree = (depth: number): Json =>
      depth === 0 ? [depth, 'leaf'] : Array.from({ length: 7 }, () => ({ inner: tree(depth - 1) }));
    const value = { tree: tree(4) };
    const size = 1_000;
    assert.ok(shortenJson(value, size).cuts.some(({ from }) => from === 0));
    assert.deepEqual(together(value, size), value);
  });

  test('any value comes together again, nothing lost or doubled', () => {
    const key = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('a/b', '~', '0', '__proto__'),
    );
    const leaf = fc.oneof(
      fc.string({ maxLength: 3_000, unit: 'binary' }),
      fc.integer(),
      fc.boolean(),
    );
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        leaf,
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 80 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 60 }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.integer({ min: 1_000, max: 5_000 }), (value, size) => {
        const plain = JSON.parse(JSON.stringify(value)) as Json;
        for (const page of answerPages(plain, size)) assert.ok(page.length <= size);
        assert.deepEqual(together(plain, size), plain);
      }),
      { numRuns: 200 },
    );
  });
});
