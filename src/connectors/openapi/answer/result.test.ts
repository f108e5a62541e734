import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { compile, type CompileOptions } from '../compile/compile.ts';
import { shortenJson } from './shorten-json.ts';
import { defaultResultLimits, toToolResult, type ResultLimits } from './to-tool-result.ts';

const schema = { type: 'object', properties: { id: { type: 'integer' } } };

const operationOf = (options?: CompileOptions) => {
  const responses = { '200': { content: { 'application/json': { schema } } } };
  const { operations } = compile(
    {
      openapi: '3.1.0',
      info: {},
      paths: { '/x': { get: { responses, security: [{ key: [] }] } } },
    },
    options,
  );
  const [first] = operations;
  assert.ok(first !== undefined);
  return first;
};

interface Given {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bounds?: ResultLimits;
  readonly url?: string;
  readonly options?: CompileOptions;
}

function result(body: string | Buffer, given: Given = {}): JsonObject {
  const headers = { 'content-type': given.type ?? 'application/json', ...given.headers };
  const response = { status: given.status ?? 200, headers, body: Buffer.from(body) };
  return toToolResult(operationOf(given.options), response, given.bounds, given.url);
}

interface Block {
  readonly type: string;
  readonly text?: string;
}

const blocks = (of: JsonObject): readonly Block[] => of['content'] as unknown as readonly Block[];

const textAt = (of: JsonObject, at: number): string => blocks(of).at(at)?.text ?? '';

describe('answers', () => {
  test('JSON is structure and text, whatever its root', () => {
    for (const value of [{ a: 1 }, [1, 2], 'x', 5, false, null] as readonly Json[]) {
      const got = result(JSON.stringify(value));
      assert.deepEqual(got['structuredContent'], value);
      assert.deepEqual(blocks(got), [{ type: 'text', text: JSON.stringify(value) }]);
      assert.equal(got['isError'], undefined);
    }
  });

  test('numbers of more digits than a JS number holds keep them, as text', () => {
    const got = result('{"id":9223372036854775807,"rate":1.5e3,"sha":"4e52a1"}');
    const value = { id: '9223372036854775807', rate: 1500, sha: '4e52a1' };
    assert.deepEqual(got['structuredContent'], value);
    assert.equal(textAt(got, 0), JSON.stringify(value));
  });

  test('the type is read generously', () => {
    assert.deepEqual(
      result('{"a":1}', { type: 'application/hal+json; charset=utf-8' })['structuredContent'],
      { a: 1 },
    );
    assert.deepEqual(result('{"a":1}', { type: '' })['structuredContent'], { a: 1 });
    assert.deepEqual(
      result('{"a":1}\n{"a":2}\n', { type: 'application/x-ndjson' })['structuredContent'],
      [{ a: 1 }, { a: 2 }],
    );
    const events = 'event: x\ndata: {"a":1}\n\n: comment\n\ndata: two\ndata: lines\n\n';
    assert.deepEqual(result(events, { type: 'text/event-stream' })['structuredContent'], [
      { a: 1 },
      'two\nlines',
    ]);
    const html = result('<html>', { type: 'application/json' });
    assert.deepEqual(html, { content: [{ type: 'text', text: '<html>' }] });
    const latin = result(Buffer.from([0xe9]), { type: 'text/plain; charset=iso-8859-1' });
    assert.equal(textAt(latin, 0), 'é');
  });

  test('no content says so', () => {
    const got = result('', { status: 201, headers: { location: '/things/1' } });
    assert.equal(textAt(got, 0), 'HTTP 201 Created (no content) Location: /things/1');
  });

  test('images, sound and other bytes', () => {
    const bytes = Buffer.from([1, 2, 0, 255]);
    const data = bytes.toString('base64');
    assert.deepEqual(blocks(result(bytes, { type: 'image/png' })), [
      { type: 'image', data, mimeType: 'image/png' },
    ]);
    assert.deepEqual(blocks(result(bytes, { type: 'audio/mpeg' })), [
      { type: 'audio', data, mimeType: 'audio/mpeg' },
    ]);
    const url = 'https://api.example/f/a.pdf?x=1';
    assert.deepEqual(blocks(result(bytes, { type: 'application/pdf', url })), [
      { type: 'resource', resource: { uri: url, mimeType: 'application/pdf', blob: data } },
    ]);
    assert.equal(blocks(result('<svg/>', { type: 'image/svg+xml' }))[0]?.type, 'text');
    assert.equal(blocks(result(bytes, { type: '' }))[0]?.type, 'resource');
  });

  test('large bytes become a link (toolBinaryBytesMax)', () => {
    const given = { type: 'application/zip', url: 'https://api.example/f/a.zip' };
    const of = (size: number): string => blocks(result(Buffer.alloc(size), given))[0]?.type ?? '';
    assert.equal(of(limits.toolBinaryBytesMax), 'resource');
    assert.equal(of(limits.toolBinaryBytesMax + 1), 'resource_link');
    const bounds = { ...defaultResultLimits, binaryBytesMax: 1 };
    assert.equal(
      blocks(result(Buffer.from([0, 1]), { type: 'image/png', bounds }))[0]?.type,
      'text',
    );
  });

  test('the next page is pointed out', () => {
    const link =
      '<https://api.example/x?page=1>; rel="prev", <https://api.example/x?page=3&n=5>; rel="next"';
    const got = result('[]', { headers: { link } });
    assert.equal(textAt(got, -1), 'There is a next page: page=3&n=5');
  });

  test('with an output schema there is always structure, and never one that breaks it', () => {
    const options = { outputSchema: 'relaxed' } as const;
    assert.equal(result('', { status: 204, options })['structuredContent'], null);
    assert.equal(result('hello', { type: 'text/plain', options })['structuredContent'], 'hello');
    assert.deepEqual(result('{"id":"not a number"}', { options })['structuredContent'], {
      id: 'not a number',
    });
    assert.equal(result('{}', { status: 500, options })['structuredContent'], undefined);
  });
});

describe('failures', () => {
  test('every 4xx and 5xx is a tool error that says what happened', () => {
    for (const status of [400, 404, 409, 422, 429, 500, 503]) {
      const got = result('{"title":"Bad","detail":"No such pet","extra":1}', {
        status,
        type: 'application/problem+json',
      });
      assert.equal(got['isError'], true);
      assert.match(textAt(got, 0), new RegExp(`^HTTP ${status} .*\nBad: No such pet`));
      assert.deepEqual(got['structuredContent'], {
        status,
        body: { title: 'Bad', detail: 'No such pet', extra: 1 },
      });
    }
  });

  test('credentials, waiting and redirects are explained', () => {
    const words = (given: Given): string => textAt(result('', given), 0);
    assert.match(words({ status: 401 }), /needs credentials: key/);
    assert.match(words({ status: 429, headers: { 'retry-after': '7' } }), /again in 7 seconds/);
    assert.match(
      words({ status: 503, headers: { 'retry-after': '999999999' } }),
      /again in 3600 seconds/,
    );
    assert.match(
      words({ status: 302, headers: { location: 'https://login.example' } }),
      /not followed.*login\.example/,
    );
    const soon = new Date(Date.now() + 5000).toUTCString();
    assert.match(
      words({ status: 503, headers: { 'retry-after': soon } }),
      /again in [3-6] seconds/,
    );
  });

  test('an error body that is text is shown', () => {
    const got = result('<h1>Oops</h1>', { status: 502, type: 'text/html' });
    assert.equal(textAt(got, 1), '<h1>Oops</h1>');
  });
});

describe('shortening', () => {
  test('text ends somewhere (toolTextCharactersMax)', () => {
    const most = limits.toolTextCharactersMax;
    const shown = (size: number): string =>
      textAt(result('x'.repeat(size), { type: 'text/plain' }), 0);
    assert.equal(shown(most).length, most);
    assert.match(shown(most + 1), /shortened: \d+ of \d+ characters/);
  });

  test('a long list keeps whole items, stays valid and says so', () => {
    const list = Array.from({ length: 50_000 }, (_, id) => ({
      id,
      name: `Item ${id}`,
      tags: ['a', 'b'],
    }));
    const got = result(JSON.stringify(list));
    const [json, note] = blocks(got);
    const kept = JSON.parse(json?.text ?? '') as Json[];
    assert.ok(kept.length > 1000 && JSON.stringify(kept).length <= limits.toolTextCharactersMax);
    assert.deepEqual(kept, list.slice(0, kept.length));
    assert.deepEqual(got['structuredContent'], kept);
    assert.match(note?.text ?? '', new RegExp(`shows ${kept.length} of 50000 items`));
  });

  test('any value is cut to any size and keeps its kind', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.integer({ min: 40, max: 2000 }),
        (value, size) => {
          const big = [value, value, { value, text: 'x'.repeat(500) }] as Json;
          for (const given of [big, { big }] as readonly Json[]) {
            const { value: cut, shortened } = shortenJson(given, size);
            const length = JSON.stringify(cut).length;
            assert.ok(length <= size, `${length} > ${size}`);
            assert.equal(Array.isArray(cut), Array.isArray(given));
            assert.equal(shortened, JSON.stringify(given).length > size);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
