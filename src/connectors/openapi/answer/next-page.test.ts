import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { changeTools } from '../prepare/change-tools.ts';
import { compile } from '../compile/compile.ts';
import { nextPage } from './next-page.ts';
import { toToolResult } from './to-tool-result.ts';

function operationOf(names: readonly string[], fixed: Record<string, string> = {}) {
  const parameters = names.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  const get = { operationId: 'list', parameters };
  const compiled = compile({ openapi: '3.1.0', info: {}, paths: { '/x': { get } } });
  const [operation] = changeTools(compiled, { list: { fixed } }).operations;
  assert.ok(operation !== undefined);
  return operation;
}

const found = (names: readonly string[], value: Json, link?: string) =>
  nextPage(
    operationOf(names),
    { status: 200, headers: link === undefined ? {} : { link }, body: Buffer.from('') },
    value,
  );

const given = (names: readonly string[], value: Json, link?: string) =>
  found(names, value, link)?.arguments;

describe('the next page', () => {
  test('is what a link says, as arguments of the operation', () => {
    const link = '<https://api.example/x?page=3&size=5&key=s>; rel="next", </x?page=1>; rel="prev"';
    assert.deepEqual(given(['page', 'size'], {}, link), { page: '3', size: '5' });
    assert.deepEqual(found(['other'], {}, link), { query: 'page=3&size=5&key=s' });
    assert.equal(found(['page'], {}, '</x?page=1>; rel="prev"'), undefined);
  });

  test('is what answers commonly say', () => {
    const token = 't0';
    const cases: readonly (readonly [readonly string[], JsonObject, JsonObject | undefined])[] = [
      [['cursor'], { next_cursor: token }, { cursor: token }],
      [['start_cursor'], { next_cursor: token, has_more: true }, { start_cursor: token }],
      [['cursor'], { response_metadata: { next_cursor: token } }, { cursor: token }],
      [['cursor'], { response_metadata: { next_cursor: '' } }, undefined],
      [['pageToken'], { nextPageToken: token }, { pageToken: token }],
      [['continue', 'limit'], { metadata: { continue: token } }, { continue: token }],
      [['after'], { pageInfo: { endCursor: token } }, { after: token }],
      [
        ['offset'],
        { next_page: { offset: token, uri: 'https://a/x?offset=t0' } },
        { offset: token },
      ],
      [['offset'], { offset: 20, items: [] }, undefined],
      [['page'], { next: 'https://api.example/x?page=2' }, { page: '2' }],
      [['page'], { next: null }, undefined],
      [['page'], { next: 'not an address' }, undefined],
      [['page'], { _links: { next: { href: '/x?page=2' } } }, { page: '2' }],
      [['$skip'], { '@odata.nextLink': 'https://a/x?$skip=10' }, { skip: '10' }],
      [
        ['starting_after'],
        { has_more: true, data: [{ id: 'a' }, { id: 'b' }] },
        { starting_after: 'b' },
      ],
      [['starting_after'], { has_more: false, data: [{ id: 'a' }] }, undefined],
      [['limit'], { next_cursor: token }, undefined],
    ];
    for (const [names, value, wanted] of cases) {
      assert.deepEqual(given(names, value), wanted, JSON.stringify(value));
    }
  });

  test('asks for nothing that the configuration fixes', () => {
    const operation = operationOf(['cursor'], { cursor: 'c' });
    const response = { status: 200, headers: {}, body: Buffer.from('') };
    assert.equal(nextPage(operation, response, { next_cursor: 't' }), undefined);
  });

  test('is told to the model and to programs', () => {
    const body = Buffer.from(JSON.stringify({ items: [1], next_cursor: 't0' }));
    const headers = { 'content-type': 'application/json' };
    const result = toToolResult(operationOf(['cursor']), { status: 200, headers, body });
    const [, note] = result['content'] as unknown as readonly { text: string }[];
    assert.equal(note?.text, 'There is a next page: call again with {"cursor":"t0"} as well.');
    assert.deepEqual(result['_meta'], { 'mcp-gateway/nextArguments': { cursor: 't0' } });
  });
});
