import { safeKey } from '../../src/connectors/openapi/text/safe-key.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { bodyOf, exactly, type WireEntry } from './wire-document.ts';

const anything: Json = {};
const textSchema = { type: 'string' };
const binary = { type: 'string', format: 'binary' };
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });

const post = (
  id: string,
  operation: JsonObject,
  bodyArg: Json,
  expect: WireEntry['call']['expect'],
): WireEntry => ({ id, method: 'post', operation, call: { bodyArg, expect } });

const json = (id: string, schema: Json, value: Json): WireEntry =>
  post(id, bodyOf('application/json', schema), value, { ct: 'application/json', json: value });

const JSON_LINES = 'application/x-ndjson';
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

const form = (
  id: string,
  properties: JsonObject,
  value: Json,
  expected: string,
  encoding: JsonObject = {},
): WireEntry =>
  post(id, bodyOf(FORM, object(properties), { encoding }), value, {
    ct: FORM,
    body: exactly(expected),
  });

const multipart = (
  id: string,
  properties: JsonObject,
  value: Json,
  pattern: string,
  encoding: JsonObject = {},
): WireEntry =>
  post(id, bodyOf(MULTIPART, object(properties), { encoding }), value, {
    ct: `${MULTIPART}; boundary=`,
    body: pattern,
  });

const part = (name: string, rest: string): string =>
  `Content-Disposition: form-data; name="${name}"${rest}`;

/** Bodies of JSON and of JSON sequences. */
export const jsonEntries: readonly WireEntry[] = [
  json('json_object', { type: 'object' }, { a: 1, b: 'x', c: null, d: [true] }),
  json('json_list', { type: 'array', items: {} }, [1, 'two', { three: 3 }]),
  json('json_text', textSchema, 'hi'),
  json('json_number', { type: 'number' }, 1.5),
  json('json_false', { type: 'boolean' }, false),
  json('json_unicode', anything, { name: 'é€😀\u2028' }),
  json('json_one_of', { oneOf: [{ type: 'object' }, { type: 'array' }] }, { dog: 'rex' }),
  post('json_as_text', bodyOf('application/json', { type: 'object' }), '{"a":1}', {
    json: { a: 1 },
  }),
  post(
    'json_renamed',
    bodyOf('application/json', object({ '@type': textSchema, $n: object({ 'a b': textSchema }) })),
    { [safeKey('@type')]: 'x', [safeKey('$n')]: { [safeKey('a b')]: 'y' } },
    { json: { '@type': 'x', $n: { 'a b': 'y' } } },
  ),
  post(
    'json_vendor',
    bodyOf('application/vnd.api+json', anything),
    { a: 1 },
    {
      ct: 'application/vnd.api+json',
      json: { a: 1 },
    },
  ),
  post('json_any_type', bodyOf('*/*', anything), { a: 1 }, { ct: 'application/json' }),
  post(
    'json_preferred',
    {
      requestBody: {
        content: {
          'application/xml': { schema: {} },
          'application/json': { schema: {} },
          [FORM]: { schema: {} },
        },
      },
    },
    { a: 1 },
    { ct: 'application/json', json: { a: 1 } },
  ),
  post(
    'json_merge_patch',
    {
      requestBody: {
        content: {
          'application/json-patch+json': { schema: {} },
          'application/merge-patch+json': { schema: {} },
        },
      },
    },
    { a: null },
    { ct: 'application/merge-patch+json', json: { a: null } },
  ),
  post('json_lines', bodyOf(JSON_LINES, { type: 'array', items: {} }), [{ a: 1 }, 2], {
    ct: JSON_LINES,
    body: exactly('{"a":1}\n2\n'),
  }),
  post('json_sequence', bodyOf('application/json-seq', anything), [{ a: 1 }, 2], {
    ct: 'application/json-seq',
    body: exactly('\u001e{"a":1}\n\u001e2\n'),
  }),
];

/** Bodies of forms. */
export const formEntries: readonly WireEntry[] = [
  form(
    'form_text',
    { a: textSchema, b: { type: 'integer' } },
    { a: 'x y&z', b: 2 },
    'a=x%20y%26z&b=2',
  ),
  form('form_list', { t: { type: 'array' } }, { t: ['a', 'b'] }, 't=a&t=b'),
  form('form_object', { o: { type: 'object' } }, { o: { k: 'v' } }, 'o=%7B%22k%22%3A%22v%22%7D'),
  form('form_false', { b: { type: 'boolean' } }, { b: false }, 'b=false'),
  form('form_unicode', { a: textSchema }, { a: 'é' }, 'a=%C3%A9'),
  form('form_null', { a: textSchema, b: textSchema }, { a: null, b: 'x' }, 'b=x'),
  form('form_deep', { m: { type: 'object' } }, { m: { k: 'v' } }, 'm%5Bk%5D=v', {
    m: { style: 'deepObject', explode: true },
  }),
  form('form_deep_list', { m: { type: 'array' } }, { m: [{ k: 1 }] }, 'm%5B0%5D%5Bk%5D=1', {
    m: { style: 'deepObject', explode: true },
  }),
  form('form_plain_list', { t: { type: 'array' } }, { t: ['a', 'b'] }, 't=a,b', {
    t: { style: 'form', explode: false },
  }),
  form('form_piped', { t: { type: 'array' } }, { t: ['a', 'b'] }, 't=a%7Cb', {
    t: { style: 'pipeDelimited', explode: false },
  }),
  form('form_spaced', { t: { type: 'array' } }, { t: ['a', 'b'] }, 't=a%20b', {
    t: { style: 'spaceDelimited', explode: false },
  }),
  form('form_reserved', { u: textSchema }, { u: 'a/b:c' }, 'u=a/b:c', {
    u: { allowReserved: true },
  }),
];

/** Bodies of several parts. */
export const multipartEntries: readonly WireEntry[] = [
  multipart('part_text', { a: textSchema }, { a: 'x' }, `${part('a', '')}\r\n\r\nx\r\n--`),
  multipart(
    'part_file',
    { f: binary },
    { f: 'aGVsbG8=' },
    `${part('f', '; filename="f"')}\r\nContent-Type: application/octet-stream\r\n\r\nhello\r\n--`,
  ),
  multipart(
    'part_named_file',
    { f: binary },
    { f: 'data:image/png;name=a%20b.png;base64,aGVsbG8=' },
    `${part('f', '; filename="a b.png"')}\r\nContent-Type: image/png\r\n\r\nhello\r\n`,
  ),
  multipart(
    'part_file_type',
    { f: binary },
    { f: 'aGVsbG8=' },
    'Content-Type: image/png\r\n\r\nhello',
    { f: { contentType: 'image/png, image/jpeg' } },
  ),
  multipart(
    'part_files',
    { f: { type: 'array', items: binary } },
    { f: ['YQ==', 'Yg=='] },
    `${part('f', '; filename="f"')}\r\n.*\r\n\r\na\r\n.*${part('f', '')}.*\r\n\r\nb\r\n`,
  ),
  multipart(
    'part_json',
    { o: { type: 'object' } },
    { o: { k: 1 } },
    `${part('o', '')}\r\nContent-Type: application/json\r\n\r\n\\{"k":1\\}\r\n`,
  ),
  multipart(
    'part_list',
    { t: { type: 'array', items: textSchema } },
    { t: ['a', 'b'] },
    `${part('t', '')}\r\n\r\na\r\n.*${part('t', '')}\r\n\r\nb\r\n`,
  ),
  multipart('part_headers', { f: textSchema }, { f: 'x' }, 'X-Kind: fixed\r\n', {
    f: { headers: { 'X-Kind': { schema: { type: 'string', enum: ['fixed'] } } } },
  }),
  multipart('part_quotes', { 'a"b': textSchema }, { 'a"b': 'x' }, 'name="a%22b"'),
  post('part_mixed', bodyOf('multipart/mixed', { type: 'array' }), ['x', { k: 1 }], {
    ct: 'multipart/mixed; boundary=',
    body: 'Content-Type: application/json\r\n\r\n\\{"k":1\\}',
  }),
];

const xml = (id: string, schema: JsonObject, value: Json, expected: string): WireEntry =>
  post(id, bodyOf('application/xml', schema), value, {
    ct: 'application/xml',
    body: exactly(`<?xml version="1.0" encoding="UTF-8"?>${expected}`),
  });

const pet = (properties: JsonObject): JsonObject => ({
  ...object(properties),
  xml: { name: 'pet' },
});

/** Bodies of bytes, text and XML. */
export const otherEntries: readonly WireEntry[] = [
  post('octet', bodyOf('application/octet-stream', binary), 'aGVsbG8=', {
    ct: 'application/octet-stream',
    body: '^hello$',
  }),
  post('octet_url_alphabet', bodyOf('application/octet-stream', {}), 'Pz8_Pw', {
    body: '^\\?{4}$',
  }),
  post('octet_typed', bodyOf('application/octet-stream', binary), 'data:image/gif;base64,aGk=', {
    ct: 'image/gif',
    body: '^hi$',
  }),
  post('octet_not_base64', bodyOf('application/octet-stream', binary), 'not base64!', {
    urlOrReject: '^$',
  }),
  post('image', bodyOf('image/png', {}), 'aGVsbG8=', { ct: 'image/png', body: '^hello$' }),
  post('text', bodyOf('text/plain', textSchema), 'plain é', {
    ct: 'text/plain',
    body: '^plain é$',
  }),
  post('yaml', bodyOf('application/yaml', {}), 'a: 1', { ct: 'application/yaml', body: '^a: 1$' }),
  xml(
    'xml_simple',
    pet({ name: textSchema }),
    { name: 'a<b&"c"' },
    '<pet><name>a&lt;b&amp;&quot;c&quot;</name></pet>',
  ),
  xml(
    'xml_attribute',
    pet({ id: { type: 'integer', xml: { attribute: true } } }),
    { id: 7 },
    '<pet id="7"/>',
  ),
  xml(
    'xml_list',
    pet({ tag: { type: 'array', items: textSchema } }),
    { tag: ['a', 'b'] },
    '<pet><tag>a</tag><tag>b</tag></pet>',
  ),
  xml(
    'xml_wrapped',
    pet({
      tags: {
        type: 'array',
        items: { ...textSchema, xml: { name: 'tag' } },
        xml: { wrapped: true },
      },
    }),
    { tags: ['a', 'b'] },
    '<pet><tags><tag>a</tag><tag>b</tag></tags></pet>',
  ),
  xml(
    'xml_namespace',
    pet({ n: { ...textSchema, xml: { prefix: 'p', namespace: 'urn:x' } } }),
    { n: 'v' },
    '<pet><p:n xmlns:p="urn:x">v</p:n></pet>',
  ),
  xml(
    'xml_nested',
    pet({ owner: object({ first: textSchema }) }),
    { owner: { first: 'A' } },
    '<pet><owner><first>A</first></owner></pet>',
  ),
  post('xml_given', bodyOf('application/xml', {}), '<a/>', {
    ct: 'application/xml',
    body: '^<a/>$',
  }),
];
