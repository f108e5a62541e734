import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { bodyOf, exactly, type WireEntry } from './wire-document.ts';

const long = '9223372036854775807';
const decimal = '12345678901234567890.12345';
const int64 = { type: 'integer', format: 'int64' };
const number = { type: 'number' };

const body = (id: string, schema: Json, given: Json, expected: string): WireEntry => ({
  id,
  method: 'post',
  operation: bodyOf('application/json', schema),
  call: { bodyArg: given, expect: { body: exactly(expected) } },
});

const account: JsonObject = {
  type: 'object',
  properties: {
    id: int64,
    name: { type: 'string' },
    $total: number,
    parent: { type: ['integer', 'null'] },
    either: { oneOf: [{ type: 'integer' }, { type: 'string' }] },
    number: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    list: { type: 'array', items: int64 },
  },
  additionalProperties: number,
};

/** Numbers that must keep their digits, and text that must stay text. */
export const exactEntries: readonly WireEntry[] = [
  body('long_text', int64, long, long),
  body('long_text_negative', int64, '-9223372036854775808', '-9223372036854775808'),
  body('decimal_text', number, decimal, decimal),
  body('exponent_text', number, '1.5e-7', '1.5e-7'),
  body('fraction_for_integer', int64, '1.5', '"1.5"'),
  body('leading_zero', int64, '007', '"007"'),
  body('text_stays_text', { type: 'string' }, long, `"${long}"`),
  body('anything_stays_text', {}, '12', '"12"'),
  body('null_in_list', { type: 'array', items: int64 }, [null, long, 1], `[null,${long},1]`),
  body(
    'numbers_inside',
    account,
    { id: long, name: '12', $total: '0.10', parent: '7', either: '8', number: '9', other: '1e3' },
    `{"id":${long},"name":"12","$total":0.10,"parent":7,"either":"8","number":9,"other":1e3}`,
  ),
  body('numbers_in_lists', account, { list: ['1', 2, long] }, `{"list":[1,2,${long}]}`),
  body('structure_as_text', account, `{"id":${long}}`, `{"id":${long}}`),
  body(
    'recursive_numbers',
    { type: 'object', properties: { n: int64, next: { $ref: '#' } } },
    { n: '1' },
    '{"n":1}',
  ),
  {
    id: 'long_in_path_and_query',
    path: '/long_in_path_and_query/{id}',
    operation: {
      parameters: [
        { name: 'id', in: 'path', required: true, schema: int64 },
        { name: 'after', in: 'query', schema: int64 },
        { name: 'X-Rate', in: 'header', schema: number },
      ],
    },
    call: {
      args: { id: long, after: '-9223372036854775808', 'X-Rate': decimal },
      expect: {
        url: exactly(`/long_in_path_and_query/${long}?after=-9223372036854775808`),
        header: ['x-rate', exactly(decimal)],
      },
    },
  },
  {
    id: 'only_value',
    path: '/only_value/{version}',
    operation: {
      parameters: [
        { name: 'version', in: 'path', required: true, schema: { type: 'string', enum: ['v1'] } },
        { name: 'mode', in: 'query', required: true, schema: { const: 'fast' } },
        { name: 'page', in: 'query', required: true, schema: { type: 'integer', default: 1 } },
        { name: 'size', in: 'query', schema: { type: 'integer', default: 10 } },
      ],
    },
    call: { expect: { url: exactly('/only_value/v1?mode=fast&page=1') } },
  },
  {
    id: 'only_body',
    method: 'post',
    operation: bodyOf('application/json', { type: 'string', enum: ['on'] }),
    call: { expect: { body: exactly('"on"') } },
  },
  {
    id: 'listed_empty',
    path: '/listed_empty/{v}',
    operation: {
      parameters: [
        { name: 'v', in: 'path', required: true, schema: { type: 'string', enum: ['', 'a/b'] } },
      ],
    },
    call: { args: { v: '' }, expect: { url: exactly('/listed_empty/') } },
  },
  {
    id: 'listed_slash',
    path: '/listed_slash/{v}',
    operation: {
      parameters: [
        { name: 'v', in: 'path', required: true, schema: { type: 'string', enum: ['', 'a/b'] } },
      ],
    },
    call: { args: { v: 'a/b' }, expect: { url: exactly('/listed_slash/a%2Fb') } },
  },
  {
    id: 'moments_in_headers',
    operation: {
      parameters: [
        { name: 'If-Modified-Since', in: 'header', schema: { type: 'string' } },
        { name: 'X-From', in: 'header', schema: { type: 'string', format: 'date-time' } },
      ],
    },
    call: {
      args: {
        'If-Modified-Since': 'Fri, 01 Jan 2010 12:34:56 GMT',
        'X-From': '2010-01-01T12:34:56.7890123+14:00',
      },
      expect: { header: ['if-modified-since', exactly('Fri, 01 Jan 2010 12:34:56 GMT')] },
    },
  },
];

const field = (name: string, more: JsonObject): JsonObject => ({ name, in: 'formData', ...more });
const bytes = (text: string): string => Buffer.from(text).toString('base64');

/** The same in 2.0, and what documents of Azure add to it. */
export const exactEntries2: readonly WireEntry[] = [
  {
    id: 'long_text_2',
    method: 'put',
    operation: { parameters: [{ name: 'n', in: 'body', required: true, schema: int64 }] },
    call: { bodyArg: long, expect: { body: exactly(long) } },
  },
  {
    id: 'only_value_2',
    operation: {
      parameters: [
        { name: 'api-version', in: 'query', required: true, type: 'string', enum: ['2016-02-29'] },
      ],
    },
    call: { expect: { url: exactly('/only_value_2?api-version=2016-02-29') } },
  },
  {
    id: 'allow_empty',
    operation: {
      parameters: [{ name: 'q', in: 'query', type: 'string', allowEmptyValue: true }],
    },
    call: { args: { q: '' }, expect: { url: exactly('/allow_empty?q=') } },
  },
  {
    id: 'multi_empty',
    operation: {
      parameters: [
        {
          name: 'q',
          in: 'query',
          type: 'array',
          items: { type: 'string' },
          collectionFormat: 'multi',
        },
      ],
    },
    call: { args: { q: [] }, expect: { url: exactly('/multi_empty') } },
  },
  {
    id: 'listed_empty_2',
    path: '/listed_empty_2/{v}',
    operation: {
      parameters: [{ name: 'v', in: 'path', required: true, type: 'string', enum: [''] }],
    },
    call: { args: { v: '' }, expect: { url: exactly('/listed_empty_2/') } },
  },
  {
    id: 'file_body_2',
    method: 'put',
    operation: {
      consumes: ['application/octet-stream'],
      parameters: [{ name: 'f', in: 'body', schema: { type: 'object', format: 'file' } }],
    },
    call: {
      bodyArg: bytes('hello'),
      expect: { ct: 'application/octet-stream', body: exactly('hello') },
    },
  },
  {
    id: 'bytes_or_json_2',
    method: 'put',
    operation: {
      consumes: ['application/json', 'application/octet-stream'],
      parameters: [{ name: 'f', in: 'body', schema: { type: 'string', format: 'binary' } }],
    },
    call: {
      bodyArg: bytes('hello'),
      expect: { ct: 'application/octet-stream', body: exactly('hello') },
    },
  },
  {
    id: 'files_2',
    method: 'post',
    operation: {
      consumes: ['multipart/form-data'],
      parameters: [field('file', { type: 'array', items: { type: 'file' } })],
    },
    call: {
      args: { file: [bytes('one'), bytes('two')] },
      expect: { body: 'name="file"; filename=.*\r\n\r\none\r\n.*name="file"; .*\r\n\r\ntwo\r\n' },
    },
  },
  {
    id: 'form_long_2',
    method: 'post',
    operation: {
      parameters: [field('id', { type: 'integer', format: 'int64' }), field('n', int64)],
    },
    call: { args: { id: long, n: 5 }, expect: { body: exactly(`id=${long}&n=5`) } },
  },
];
