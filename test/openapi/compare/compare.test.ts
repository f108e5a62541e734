import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { Arrived } from '../start-wire-server.ts';
import { swagger2Entries } from '../dialect-entries.ts';
import { styleEntries } from '../parameter-entries.ts';
import { wireDocument } from '../wire-document.ts';
import { alikeOnTheWire } from './alike-on-the-wire.ts';
import { compareDocuments } from './compare-documents.ts';
import { compareWire } from './compare-wire.ts';
import type { Converter, ListedTool } from './converter.ts';
import { findArgument, givenArguments } from './find-argument.ts';
import { hostilePaths } from './hostile-paths.ts';
import { openStdioServer } from './open-stdio-server.ts';
import { ourConverter } from './our-converter.ts';
import { tableOf, type Column } from './table.ts';
import { ownSuites } from './compared-suites.ts';

const small = [
  wireDocument('2.0', swagger2Entries.slice(0, 2)),
  wireDocument('3.0.4', styleEntries.slice(0, 2)),
];

const tool = (properties: JsonObject, name = 'a'): ListedTool => ({
  name,
  inputSchema: { type: 'object', properties },
});

/** Sends what it is given as the path behind the base URL of its document. */
const careless: Converter = {
  name: 'careless',
  open: (document) => {
    const [server] = document['servers'] as unknown as readonly { readonly url: string }[];
    const { hostname, port } = new URL(server?.url ?? '');
    return Promise.resolve({
      tools: ['inside', 'tail'].map((name) => tool({ value: { type: 'string' } }, name)),
      operationOf: () => undefined,
      call: async (name, given) => {
        const value = given['value'] as string;
        const path = name === 'tail' ? `/tail/${value}` : `/base/${value}/end`;
        await new Promise<void>((resolve) => {
          const sent = request(
            { hostname, port, path: encodeURI(path), agent: false },
            (answer) => {
              answer.resume().once('end', resolve);
            },
          );
          sent.once('error', () => resolve());
          sent.end();
        });
        return { isError: false, text: '' };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};

describe('a comparison of converters', () => {
  test('gives arguments under the names and in the shapes that a schema shows', () => {
    const shown = tool({ id__path: {}, id__query: {}, ids: {}, StartTime: {}, 'x-a': {} });
    assert.equal(findArgument(shown, 'id', 'query'), 'id__query');
    assert.equal(findArgument(shown, 'ids[]', 'query'), 'ids');
    assert.equal(findArgument(shown, 'StartTime<', 'query'), 'StartTime');
    assert.equal(findArgument(shown, 'X-A', 'header'), 'x-a');
    assert.equal(findArgument(shown, 'ids[]', 'query', new Set(['ids'])), undefined);
    const { document } = wireDocument('3.0.4', [{ id: 'a', operation: {}, call: { expect: {} } }]);
    const body = { bodyArg: { a: 1 }, expect: {}, id: 'a' };
    assert.deepEqual(givenArguments(document, tool({ body: {} }), body), { body: { a: 1 } });
    assert.deepEqual(givenArguments(document, tool({ a: {} }), body), { a: 1 });
    const text = tool({ requestBody: { type: 'string' } });
    assert.deepEqual(givenArguments(document, text, body), { requestBody: '{"a":1}' });
  });

  test('takes what no server tells apart for the same', () => {
    const url = (text: string, pattern: string): string =>
      alikeOnTheWire({ method: 'GET', url: text, headers: {}, body: '' }, pattern).url;
    assert.equal(url('/a?q=x+y%2Cz', '^/a\\?q=x%20y,z$'), '/a?q=x%20y,z');
    assert.equal(url('/a?ids[]=x', '^/a\\?ids%5B%5D=x$'), '/a?ids%5B%5D=x');
    assert.equal(url('/a?q=a%2Cb', '^/a\\?q=a%2Cb,c$'), '/a?q=a%2Cb');
    assert.equal(url('/a%2Fb', '^/a/b$'), '/a%2Fb');
    const header: Arrived = { method: 'GET', url: '/', headers: { x: 'a, b' }, body: '' };
    assert.equal(alikeOnTheWire(header, '^a,b$').headers['x'], 'a,b');
  });

  test('sees arguments that leave their path, and that ours do not', async () => {
    const { escapes, calls } = await hostilePaths(careless);
    assert.ok(calls >= 60, `only ${calls} calls`);
    assert.ok(escapes.length >= 10, `only ${escapes.length} escapes`);
    assert.ok(escapes.some((text) => text.startsWith('".."')));
    assert.deepEqual((await hostilePaths(ourConverter)).escapes, []);
    const own = ownSuites.reduce((sum, { cases }) => sum + cases.length, 0);
    assert.ok(own >= 140, `only ${own} cases of our own are compared`);
  });

  test('counts a failure of a converter against it and goes on', async () => {
    let opened = 0;
    const fragile: Converter = {
      name: 'fragile',
      open: async (document) => {
        opened += 1;
        if (document['openapi'] === undefined) throw new Error('refused');
        const served = await ourConverter.open(document);
        return { ...served, call: () => Promise.reject(new Error('died')) };
      },
    };
    const score = await compareWire(fragile, small);
    assert.deepEqual([score.right, score.of, score.wrong.size], [0, 4, 4]);
    assert.ok(opened >= 4, 'every case has had its chance');
    const documents = await compareDocuments(
      fragile,
      small.map(({ document }, at) => {
        return { name: `${at}`, root: document, problem: undefined, readMs: 0 };
      }),
    );
    assert.deepEqual(documents.accepted.get('2.0'), { right: 0, of: 1 });
    assert.deepEqual(documents.accepted.get('3.0'), { right: 1, of: 1 });
    assert.deepEqual(documents.refused, ['0: refused']);
    assert.ok(documents.tools < documents.operations);
  });

  test('outlives a server that ends at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'comparison-'));
    await writeFile(join(folder, 'ends.mjs'), 'process.exit(3);');
    await assert.rejects(openStdioServer([join(folder, 'ends.mjs')], folder));
    await rm(folder, { recursive: true });
  });

  test('says in which measures the first is ahead, level or behind', async () => {
    const wire = await compareWire(ourConverter, small);
    assert.deepEqual([wire.right, wire.of], [4, 4]);
    const documents = await compareDocuments(ourConverter, [
      { name: 'one', root: small[0]?.document, problem: undefined, readMs: 0 },
    ]);
    const column = (name: string, ms: number, right: number): Column => ({
      name,
      documents,
      givenWire: { right: 0, of: 0, wrong: new Map() },
      ownWire: { right, of: 3, wrong: new Map() },
      escapes: { calls: 2, escapes: [] },
      large: { ms, tools: 1, residentMegabytes: 1, listBytes: 1 },
      notes: [],
    });
    const lines = tableOf([column('ours', 20, 3), column('x', 10, 2), column('y', 30, 1)]);
    const of = (what: string): string => lines.find((line) => line.startsWith(what)) ?? '';
    assert.match(of('wire cases of this repository'), /3\/3 +2\/3 +1\/3 {2}ahead$/);
    assert.match(of('GitHub REST: file to list'), /20 ms +10 ms +30 ms {2}behind$/);
    assert.match(of('path escapes'), /level$/);
    assert.equal(of('wire cases of the corpus'), '');
    assert.equal(lines.at(-1), 'behind: GitHub REST: file to list');
  });
});
