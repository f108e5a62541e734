import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { bodyOf, exactly, type WireEntry } from './wire-document.ts';

const items = { type: 'string' };

const array2 = (location: string, name: string, collectionFormat: string): JsonObject => ({
  parameters: [
    { name, in: location, required: location === 'path', type: 'array', items, collectionFormat },
  ],
});

const list: Json = ['a', 'b c', 'd'];

const query2 = (format: string, expected: string): WireEntry => ({
  id: `query_${format}`,
  operation: array2('query', 'q', format),
  call: { args: { q: list }, expect: { url: exactly(`/query_${format}?${expected}`) } },
});

const path2 = (format: string, expected: string): WireEntry => ({
  id: `path_${format}`,
  path: `/path_${format}/{p}/end`,
  operation: array2('path', 'p', format),
  call: { args: { p: list }, expect: { url: exactly(`/path_${format}/${expected}/end`) } },
});

const header2 = (format: string, expected: string): WireEntry => ({
  id: `header_${format}`,
  operation: array2('header', 'X-H', format),
  call: { args: { 'X-H': list }, expect: { header: ['x-h', exactly(expected)] } },
});

const FORM = 'application/x-www-form-urlencoded';

/** What only Swagger 2.0 has. */
export const swagger2Entries: readonly WireEntry[] = [
  query2('csv', 'q=a,b%20c,d'),
  query2('ssv', 'q=a%20b%20c%20d'),
  query2('tsv', 'q=a%09b%20c%09d'),
  query2('pipes', 'q=a%7Cb%20c%7Cd'),
  query2('multi', 'q=a&q=b%20c&q=d'),
  path2('csv', 'a,b%20c,d'),
  path2('ssv', 'a%20b%20c%20d'),
  path2('tsv', 'a%09b%20c%09d'),
  path2('pipes', 'a%7Cb%20c%7Cd'),
  header2('csv', 'a,b c,d'),
  header2('ssv', 'a b c d'),
  header2('pipes', 'a|b c|d'),
  {
    id: 'csv_with_null',
    operation: array2('query', 'q', 'csv'),
    call: { args: { q: ['a', null, ''] }, expect: { url: exactly('/csv_with_null?q=a,,') } },
  },
  {
    id: 'csv_empty',
    operation: array2('query', 'q', 'csv'),
    call: { args: { q: [] }, expect: { url: exactly('/csv_empty?q=') } },
  },
  {
    id: 'nested_collections',
    operation: {
      parameters: [
        {
          name: 'q',
          in: 'query',
          type: 'array',
          collectionFormat: 'pipes',
          items: { type: 'array', items },
        },
      ],
    },
    call: {
      args: { q: [['a', 'b'], ['c']] },
      expect: { url: exactly('/nested_collections?q=a%2Cb%7Cc') },
    },
  },
  {
    id: 'body2',
    method: 'post',
    operation: { parameters: [{ name: 'thing', in: 'body', schema: { type: 'object' } }] },
    call: { bodyArg: { a: 1 }, expect: { ct: 'application/json', json: { a: 1 } } },
  },
  {
    id: 'body2_consumes',
    method: 'post',
    operation: {
      consumes: ['application/vnd.x+json'],
      parameters: [{ name: 'thing', in: 'body', schema: { type: 'object' } }],
    },
    call: { bodyArg: { a: 1 }, expect: { ct: 'application/vnd.x+json', json: { a: 1 } } },
  },
  {
    id: 'fields',
    method: 'post',
    operation: {
      parameters: [
        { name: 'a', in: 'formData', type: 'string' },
        { name: 'n', in: 'formData', type: 'integer' },
      ],
    },
    call: { args: { a: 'x y', n: 2 }, expect: { ct: FORM, body: exactly('a=x%20y&n=2') } },
  },
  {
    id: 'fields_csv',
    method: 'post',
    operation: array2('formData', 't', 'csv'),
    call: { args: { t: ['a', 'b'] }, expect: { ct: FORM, body: exactly('t=a,b') } },
  },
  {
    id: 'fields_multi',
    method: 'post',
    operation: array2('formData', 't', 'multi'),
    call: { args: { t: ['a', 'b'] }, expect: { ct: FORM, body: exactly('t=a&t=b') } },
  },
  {
    id: 'file2',
    method: 'post',
    operation: {
      consumes: ['multipart/form-data'],
      parameters: [
        { name: 'note', in: 'formData', type: 'string' },
        { name: 'upload', in: 'formData', type: 'file' },
      ],
    },
    call: {
      args: { note: 'hi', upload: 'aGVsbG8=' },
      expect: { ct: 'multipart/form-data', body: 'name="note"\r\n\r\nhi\r\n.*\r\n\r\nhello\r\n' },
    },
  },
];

const querystring = (mediaType: string): JsonObject => ({
  parameters: [{ name: 'all', in: 'querystring', content: { [mediaType]: { schema: {} } } }],
});

/** What only OpenAPI 3.2 has. */
export const openapi32Entries: readonly WireEntry[] = [
  {
    id: 'querystring_form',
    operation: querystring(FORM),
    call: {
      args: { all: { a: 'x y', b: ['1', '2'] } },
      expect: { url: exactly('/querystring_form?a=x%20y&b=1&b=2') },
    },
  },
  {
    id: 'querystring_json',
    operation: querystring('application/json'),
    call: {
      args: { all: { numbers: [1, 2], flag: null } },
      expect: {
        url: exactly('/querystring_json?%7B%22numbers%22%3A%5B1%2C2%5D%2C%22flag%22%3Anull%7D'),
      },
    },
  },
  {
    id: 'querystring_path',
    operation: querystring('application/jsonpath'),
    call: { args: { all: '$.a.b' }, expect: { url: exactly('/querystring_path?%24.a.b') } },
  },
  {
    id: 'query_method',
    method: 'query',
    operation: bodyOf('application/json', { type: 'object' }),
    call: { bodyArg: { find: 'x' }, expect: { method: 'QUERY', json: { find: 'x' } } },
  },
  {
    id: 'additional_method',
    method: 'COPY',
    operation: {},
    call: { expect: { method: 'COPY', url: exactly('/additional_method') } },
  },
  {
    id: 'item_schema',
    method: 'post',
    operation: { requestBody: { content: { 'application/jsonl': { itemSchema: {} } } } },
    call: {
      bodyArg: [1, { a: 2 }],
      expect: { ct: 'application/jsonl', body: exactly('1\n{"a":2}\n') },
    },
  },
  {
    id: 'path_reserved',
    path: '/path_reserved/{p}/end',
    operation: {
      parameters: [
        { name: 'p', in: 'path', required: true, allowReserved: true, schema: { type: 'string' } },
      ],
    },
    call: {
      args: { p: 'a:b@c;d/e?f' },
      expect: { url: exactly('/path_reserved/a:b@c;d%2Fe%3Ff/end') },
    },
  },
  ...(['text', 'cdata', 'none'] as const).map((nodeType): WireEntry => ({
    id: `xml_${nodeType}`,
    method: 'post',
    operation: bodyOf('application/xml', {
      type: 'object',
      xml: { name: 'r' },
      properties: { v: { type: nodeType === 'none' ? 'object' : 'string', xml: { nodeType } } },
    }),
    call: {
      bodyArg: { v: nodeType === 'none' ? { x: 1 } : 'a<b' },
      expect: {
        body: {
          text: '<r>a&lt;b</r>$',
          cdata: '<r><!\\[CDATA\\[a<b\\]\\]></r>$',
          none: '<r><x>1</x></r>$',
        }[nodeType],
      },
    },
  })),
];
