import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { exactly, type WireEntry } from './wire-document.ts';

const text = 'blue';
const list: Json = ['blue', 'black', 'brown'];
const object: Json = { R: 100, G: 200, B: 150 };
const integer = { type: 'integer' };
const schemas: Readonly<Record<string, JsonObject>> = {
  text: { type: 'string' },
  list: { type: 'array', items: { type: 'string' } },
  object: { type: 'object', properties: { R: integer, G: integer, B: integer } },
};
const values: Readonly<Record<string, Json>> = { text, list, object };

type Row = readonly [style: string, explode: boolean, type: string, expected: string];

const pathRows: readonly Row[] = [
  ['simple', false, 'text', 'blue'],
  ['simple', true, 'text', 'blue'],
  ['simple', false, 'list', 'blue,black,brown'],
  ['simple', true, 'list', 'blue,black,brown'],
  ['simple', false, 'object', 'R,100,G,200,B,150'],
  ['simple', true, 'object', 'R=100,G=200,B=150'],
  ['label', false, 'text', '.blue'],
  ['label', true, 'text', '.blue'],
  ['label', false, 'list', '.blue,black,brown'],
  ['label', true, 'list', '.blue.black.brown'],
  ['label', false, 'object', '.R,100,G,200,B,150'],
  ['label', true, 'object', '.R=100.G=200.B=150'],
  ['matrix', false, 'text', ';color=blue'],
  ['matrix', true, 'text', ';color=blue'],
  ['matrix', false, 'list', ';color=blue,black,brown'],
  ['matrix', true, 'list', ';color=blue;color=black;color=brown'],
  ['matrix', false, 'object', ';color=R,100,G,200,B,150'],
  ['matrix', true, 'object', ';R=100;G=200;B=150'],
];

const repeated = 'color=blue&color=black&color=brown';

const queryRows: readonly Row[] = [
  ['form', false, 'text', 'color=blue'],
  ['form', true, 'text', 'color=blue'],
  ['form', false, 'list', 'color=blue,black,brown'],
  ['form', true, 'list', repeated],
  ['form', false, 'object', 'color=R,100,G,200,B,150'],
  ['form', true, 'object', 'R=100&G=200&B=150'],
  ['spaceDelimited', false, 'list', 'color=blue%20black%20brown'],
  ['spaceDelimited', false, 'object', 'color=R%20100%20G%20200%20B%20150'],
  ['spaceDelimited', true, 'list', repeated],
  ['pipeDelimited', false, 'list', 'color=blue%7Cblack%7Cbrown'],
  ['pipeDelimited', false, 'object', 'color=R%7C100%7CG%7C200%7CB%7C150'],
  ['pipeDelimited', true, 'list', repeated],
  ['deepObject', true, 'object', 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150'],
];

const headerRows: readonly Row[] = [
  ['simple', false, 'text', 'blue'],
  ['simple', true, 'text', 'blue'],
  ['simple', false, 'list', 'blue,black,brown'],
  ['simple', true, 'list', 'blue,black,brown'],
  ['simple', false, 'object', 'R,100,G,200,B,150'],
  ['simple', true, 'object', 'R=100,G=200,B=150'],
];

const cookieRows: readonly Row[] = [
  ['form', false, 'text', 'color=blue'],
  ['form', true, 'text', 'color=blue'],
  ['form', false, 'list', 'color=blue,black,brown'],
  ['form', true, 'list', repeated],
  ['form', false, 'object', 'color=R,100,G,200,B,150'],
  ['form', true, 'object', 'R=100&G=200&B=150'],
  ['cookie', true, 'text', 'color=blue'],
  ['cookie', true, 'list', 'color=blue; color=black; color=brown'],
  ['cookie', true, 'object', 'R=100; G=200; B=150'],
];

function entry(location: string, name: string, [style, explode, type, expected]: Row): WireEntry {
  const id = `${location}_${style}_${explode ? 'explode' : 'plain'}_${type}`;
  const path = location === 'path' ? `/${id}/{${name}}/end` : `/${id}`;
  const sent =
    location === 'path'
      ? { url: exactly(`/${id}/${expected}/end`) }
      : location === 'query'
        ? { url: exactly(`/${id}?${expected}`) }
        : { header: [location === 'header' ? name : 'cookie', exactly(expected)] as const };
  return {
    id,
    path,
    operation: {
      parameters: [
        {
          name,
          in: location,
          required: location === 'path',
          style,
          explode,
          schema: schemas[type] ?? {},
        },
      ],
    },
    call: { args: { [name]: values[type] ?? null }, expect: sent },
  };
}

/** Every style, explode, type and location that OpenAPI 3 defines. */
export const styleEntries: readonly WireEntry[] = [
  ...pathRows.map((row) => entry('path', 'color', row)),
  ...queryRows.map((row) => entry('query', 'color', row)),
  ...headerRows.map((row) => entry('header', 'X-Color', row)),
  ...cookieRows.map((row) => entry('cookie', 'color', row)),
];

const one = (location: string, name: string, more: JsonObject): JsonObject => ({
  parameters: [{ name, in: location, required: location === 'path', ...more }],
});

const inPath = (id: string, given: Json, expected: string | undefined): WireEntry => ({
  id,
  path: `/${id}/{v}/end`,
  operation: one('path', 'v', { schema: {} }),
  call: {
    args: { v: given },
    expect:
      expected === undefined ? { urlOrReject: '^$' } : { url: exactly(`/${id}/${expected}/end`) },
  },
});

const inQuery = (id: string, more: JsonObject, given: Json, expected: string): WireEntry => ({
  id,
  operation: one('query', 'q', { schema: {}, ...more }),
  call: {
    args: { q: given },
    expect: { url: exactly(expected === '' ? `/${id}` : `/${id}?${expected}`) },
  },
});

const named = (id: string, name: string, expected: string): WireEntry => ({
  id,
  operation: one('query', name, { schema: { type: 'string' } }),
  call: { args: { [name]: 'x' }, expect: { url: exactly(`/${id}?${expected}=x`) } },
});

const json = { content: { 'application/json': { schema: { type: 'object' } } } };

/** Encoding, odd values and odd names. */
export const valueEntries: readonly WireEntry[] = [
  inPath('p_slash', 'a/b?c#d', 'a%2Fb%3Fc%23d'),
  inPath('p_unicode', 'é€😀', '%C3%A9%E2%82%AC%F0%9F%98%80'),
  inPath('p_reserved', "!$&'()*+,;=:@", '%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40'),
  inPath('p_unreserved', 'aZ09-._~', 'aZ09-._~'),
  inPath('p_percent', '100%', '100%25'),
  inPath('p_space', 'a b', 'a%20b'),
  inPath('p_number', 1.5, '1.5'),
  inPath('p_big', 1e21, '1000000000000000000000'),
  inPath('p_false', false, 'false'),
  inPath('p_dots', '..', undefined),
  inPath('p_dot', '.', undefined),
  inPath('p_encoded_dots', '%2e%2e', undefined),
  inPath('p_climb', '../../admin', undefined),
  inPath('p_backslash', '..\\admin', undefined),
  inPath('p_null_byte', 'a\0b', undefined),
  inPath('p_line_break', 'a\r\nb', undefined),
  inPath('p_empty', '', undefined),
  inPath('p_null', null, undefined),
  inPath('p_empty_list', [], undefined),
  inQuery('q_empty', {}, '', 'q='),
  inQuery('q_null', {}, null, ''),
  inQuery('q_empty_list', {}, [], ''),
  inQuery('q_empty_object', {}, {}, ''),
  inQuery('q_zero', {}, 0, 'q=0'),
  inQuery('q_negative', {}, -1.25, 'q=-1.25'),
  inQuery('q_special', {}, 'a&b=c+d e%#', 'q=a%26b%3Dc%2Bd%20e%25%23'),
  inQuery(
    'q_comma_in_item',
    { explode: false, schema: schemas['list'] ?? {} },
    ['a,b', 'c'],
    'q=a%2Cb,c',
  ),
  inQuery('q_null_item', {}, ['a', null, 'b'], 'q=a&q=b'),
  inQuery('q_nested_item', {}, [{ a: 1 }], 'q=%7B%22a%22%3A1%7D'),
  inQuery('q_single_for_list', { schema: { type: 'array' } }, 'x', 'q=x'),
  inQuery('q_json_text_for_list', { schema: { type: 'array', items: {} } }, '["x","y"]', 'q=x&q=y'),
  inQuery('q_reserved', { allowReserved: true }, 'a/b?c:d@e,f;g=h', 'q=a/b?c:d@e,f;g=h'),
  inQuery('q_reserved_cut', { allowReserved: true }, 'a&b#c[d]+e', 'q=a%26b%23c%5Bd%5D%2Be'),
  inQuery('q_reserved_triple', { allowReserved: true }, '%41%zz', 'q=%41%25zz'),
  inQuery(
    'q_deep_nested',
    { style: 'deepObject' },
    { a: { b: 1 }, c: ['x', 'y'] },
    'q%5Ba%5D%5Bb%5D=1&q%5Bc%5D%5B0%5D=x&q%5Bc%5D%5B1%5D=y',
  ),
  inQuery('q_content', json, { lat: 1 }, 'q=%7B%22lat%22%3A1%7D'),
  named('n_brackets', 'ids[]', 'ids%5B%5D'),
  named('n_less', 'StartTime<', 'StartTime%3C'),
  named('n_dollar', '$filter', '$filter'),
  named('n_space', 'a b', 'a%20b'),
  named('n_unicode', 'größe', 'gr%C3%B6%C3%9Fe'),
  {
    id: 'same_name_twice',
    path: '/same_name_twice/{id}',
    operation: {
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        { name: 'id', in: 'query', schema: { type: 'string' } },
        { name: 'id', in: 'header', schema: { type: 'string' } },
      ],
    },
    call: {
      args: { 'id@path': 'P', 'id@query': 'Q', 'id@header': 'H' },
      expect: { url: exactly('/same_name_twice/P?id=Q'), header: ['id', '^H$'] },
    },
  },
  {
    id: 'query_in_template',
    path: '/query_in_template?mode=fast',
    operation: one('query', 'a', { schema: { type: 'string' } }),
    call: { args: { a: '1' }, expect: { url: exactly('/query_in_template?mode=fast&a=1') } },
  },
  {
    id: 'quoted_placeholder',
    path: "/quoted_placeholder(id='{v}')",
    operation: one('path', 'v', { schema: { type: 'string' } }),
    call: { args: { v: 'x' }, expect: { url: exactly("/quoted_placeholder(id='x')") } },
  },
  {
    id: 'two_in_segment',
    path: '/two_in_segment/{a}-{b}.json',
    operation: {
      parameters: ['a', 'b'].map((name) => ({ name, in: 'path', required: true, schema: {} })),
    },
    call: { args: { a: '1', b: '2' }, expect: { url: exactly('/two_in_segment/1-2.json') } },
  },
  {
    id: 'header_content',
    operation: one('header', 'X-Filter', json),
    call: { args: { 'X-Filter': { a: 1 } }, expect: { header: ['x-filter', '^\\{"a":1\\}$'] } },
  },
  {
    id: 'header_split',
    operation: one('header', 'X-A', { schema: { type: 'string' } }),
    call: { args: { 'X-A': 'a\r\nHost: evil' }, expect: { urlOrReject: '^$' } },
  },
  {
    id: 'cookie_split',
    operation: one('cookie', 'c', { style: 'cookie', schema: { type: 'string' } }),
    call: { args: { c: 'a; admin=1' }, expect: { urlOrReject: '^$' } },
  },
  {
    id: 'cookies_two',
    operation: {
      parameters: ['a', 'b'].map((name) => ({ name, in: 'cookie', schema: { type: 'string' } })),
    },
    call: { args: { a: '1', b: '2' }, expect: { header: ['cookie', '^a=1; b=2$'] } },
  },
];
