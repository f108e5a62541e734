import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { loadDocument } from './load-document.ts';

const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.equal((error as { code: string }).code, code);
  assert.match((error as Error).message, words);
  return true;
};

describe('reading a document', () => {
  test('JSON, with and without a byte order mark, as text and as bytes', () => {
    for (const text of ['{"openapi":"3.1.0"}', '\uFEFF {"openapi":"3.1.0"}']) {
      assert.deepEqual(loadDocument(text).root, { openapi: '3.1.0' });
      assert.deepEqual(loadDocument(Buffer.from(text)).root, { openapi: '3.1.0' });
    }
    // JSON stays JSON behind a byte order mark: as YAML this one would be too large.
    const large = `\uFEFF{"a":"${'x'.repeat(limits.yamlBytesMax)}"}`;
    assert.equal(Object.keys(loadDocument(large).root).length, 1);
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"a":1}', 'utf16le')]);
    assert.deepEqual(loadDocument(wide).root, { a: 1 });
  });

  test('YAML with anchors and merge keys', () => {
    const { root } = loadDocument('base: &b {x: 1}\nother:\n  <<: *b\n  y: "2"\nyes: on\n');
    assert.deepEqual(root, { base: { x: 1 }, other: { x: 1, y: '2' }, yes: 'on' });
  });

  test('a key that stands twice is tolerated and reported', () => {
    const { root, diagnostics } = loadDocument('a: 1\nb: 2\na: 3\n');
    assert.deepEqual(root, { a: 3, b: 2 });
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['duplicate_key'],
    );
  });

  test('what is not one plain document is refused with a reason', () => {
    const cases: readonly [string, RegExp][] = [
      ['', /empty/],
      ['[1, 2]', /object/],
      ['just text', /object/],
      ['a: 1\n---\nb: 2\n', /one YAML document/],
      ['a: !!js/function "x"\n', /plain YAML/],
      ['a: [1, 2\n', /YAML/],
      ['\ta: 1\n', /YAML/],
      ['{"a": ', /not valid JSON/],
    ];
    for (const [text, words] of cases) {
      assert.throws(() => loadDocument(text), refused('invalid_document', words), text);
    }
    assert.throws(
      () => loadDocument(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
      refused('invalid_document', /UTF-8/),
    );
  });

  test('broken JSON is told as JSON, with its place, whatever its size', () => {
    const filler = `"a": "${'x'.repeat(limits.yamlBytesMax)}",`;
    const cases: readonly [string, RegExp][] = [
      ['{"a": 1,\n "b": x}', /not valid JSON.*line 2, column 7/],
      ['{"a": 1,\n "b": ', /not valid JSON.*ends.*line 2, column 7/],
      ['{\n"a": 1 "b": 2}', /not valid JSON.*line 2, column 8/],
      ['{"a": "x', /not valid JSON.*ends/],
      [`{${filler}\n "b": x}`, /not valid JSON.*line 2, column 7/],
      [`{${filler}\n "b": [1, 2`, /not valid JSON.*ends.*line 2/],
    ];
    for (const [text, words] of cases) {
      assert.throws(() => loadDocument(text), refused('invalid_document', words), text.slice(-20));
    }
    assert.deepEqual(loadDocument('{a: 1, b: [2,]}').root, { a: 1, b: [2] });
  });

  test('what it seems to be is named', () => {
    const cases: readonly [string, RegExp][] = [
      ['<!DOCTYPE html>\n<html><body>Sign in</body></html>', /web page.*address/s],
      ['<?xml version="1.0"?><application/>', /XML/],
      ['#%RAML 1.0\ntitle: X\n', /RAML.*Convert/],
      ['openapi: 3.0.0\ninfo:\n\ttitle: X\n', /line 3.*tab/],
      ['openapi: 3.0.0\npaths: {"/a": {get: [', /line 2/],
      ['syntax = "proto3";\nmessage A {}', /Protocol Buffers/],
      ['type Query { a: Int }', /GraphQL/],
      ['', /empty/],
    ];
    for (const [text, words] of cases) {
      assert.throws(() => loadDocument(text), refused('invalid_document', words), text);
    }
  });

  test('aliases may expand only so far (yamlAliasesMax)', () => {
    const level = (at: number): string =>
      `l${at}: &l${at} [${Array.from({ length: 9 }, () => `*l${at - 1}`).join(',')}]`;
    const bomb = ['l0: &l0 x', ...Array.from({ length: 9 }, (_, at) => level(at + 1))].join('\n');
    assert.throws(() => loadDocument(bomb), refused('invalid_document', /alias/i));
    const list = (count: number): string =>
      `a: &a 1\nb: [${Array.from({ length: count }, () => '*a').join(',')}]`;
    loadDocument(list(limits.yamlAliasesMax));
    assert.throws(
      () => loadDocument(list(limits.yamlAliasesMax + 1)),
      refused('invalid_document', /alias/i),
    );
  });

  test('nesting ends somewhere (documentDepthMax)', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    loadDocument(`a: ${nested(limits.documentDepthMax - 1)}`);
    assert.throws(
      () => loadDocument(`a: ${nested(limits.documentDepthMax)}`),
      refused('invalid_document', /deeper/),
    );
    assert.throws(() => loadDocument(`a: ${nested(20_000)}`), refused('invalid_document', /YAML/));
  });

  test('size ends somewhere (documentBytesMax, yamlBytesMax)', () => {
    const json = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    loadDocument(json(limits.documentBytesMax));
    const over = json(limits.documentBytesMax + 1);
    assert.throws(() => loadDocument(over), refused('payload_too_large', /larger/));
    assert.throws(() => loadDocument(Buffer.from(over)), refused('payload_too_large', /larger/));
    const yaml = (bytes: number): string => `a: ${'x'.repeat(bytes - 3)}`;
    loadDocument(yaml(limits.yamlBytesMax));
    assert.throws(
      () => loadDocument(yaml(limits.yamlBytesMax + 1)),
      refused('payload_too_large', /larger/),
    );
  });
});
