import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CallToolResultSchema,
  CompleteResultSchema,
  GetPromptResultSchema,
  ReadResourceResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  array,
  assert as check,
  constantFrom,
  dictionary,
  jsonValue,
  oneof,
  property,
} from 'fast-check';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { mendResult } from './mend-result.ts';

const schemas = {
  'tools/call': CallToolResultSchema,
  'prompts/get': GetPromptResultSchema,
  'resources/read': ReadResourceResultSchema,
  'completion/complete': CompleteResultSchema,
} as const;

function mend(method: string, value: JsonObject): JsonObject {
  const bytes = JsonBytes.fromBytes(Buffer.from(JSON.stringify(value)));
  return mendResult(bytes, { method, params: { uri: 'x:asked' } }).value;
}

const members =
  'type text role content uri name resource annotations _meta ' +
  'title description size mimeType values total hasMore';
const member = constantFrom(...members.split(' '));
const word = constantFrom<Json>('text', 'resource', 'resource_link', 'user', 'x', null);
const leaf = oneof({ weight: 3, arbitrary: word }, { weight: 1, arbitrary: jsonValue() });
const block = dictionary(member, oneof(leaf, dictionary(member, leaf)));
const junk = dictionary(
  constantFrom('content', 'contents', 'messages', 'completion', '_meta', 'isError', 'description'),
  oneof(leaf, block, array(oneof(block, dictionary(member, oneof(block, leaf)), leaf))),
);

describe('mendResult', () => {
  it('makes of anything a result that the official client takes', () => {
    const methods = Object.keys(schemas) as (keyof typeof schemas)[];
    const holds = property(constantFrom(...methods), junk, (method, value) => {
      const parsed = schemas[method].safeParse(mend(method, value as JsonObject));
      assert.ok(parsed.success, parsed.error?.message);
    });
    check(holds, { numRuns: 300 });
  });

  it('keeps the bytes of a sound result', () => {
    const text =
      ' { "content" : [ {"type":"text","text":"a\\"b","own":[1]} ] , "own": 12345678901234567890 }';
    const result = JsonBytes.fromBytes(Buffer.from(text));
    assert.equal(mendResult(result, { method: 'tools/call', params: {} }), result);
  });

  it('gives a call content', () => {
    const cases: readonly (readonly [JsonObject, JsonObject])[] = [
      [{}, { content: [] }],
      [{ content: null }, { content: [] }],
      [{ content: 'hi' }, { content: [{ type: 'text', text: 'hi' }] }],
      [{ content: { type: 'text', text: 5 } }, { content: [{ type: 'text', text: '5' }] }],
      [
        { content: ['a', null] },
        {
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: '' },
          ],
        },
      ],
      [
        { structuredContent: { a: 1 } },
        {
          content: [{ type: 'text', text: '{"a":1}' }],
          structuredContent: { a: 1 },
        },
      ],
      [{ content: [], isError: null, _meta: null }, { content: [] }],
      [
        { content: [], isError: 'true' },
        { isError: true, content: [] },
      ],
      [
        { content: [{ type: 'text', text: 'a', annotations: null, _meta: null }] },
        {
          content: [{ type: 'text', text: 'a' }],
        },
      ],
      [
        { content: [{ type: 'json', json: { a: 1 } }] },
        {
          content: [{ type: 'text', text: '{"type":"json","json":{"a":1}}' }],
        },
      ],
    ];
    for (const [value, right] of cases) assert.deepEqual(mend('tools/call', value), right);
  });

  it('keeps structured numbers to the digit while content is mended', () => {
    const text = '{"content":null,"structuredContent":{"id":9007199254740993}}';
    const bytes = JsonBytes.fromBytes(Buffer.from(text));
    const mended = mendResult(bytes, { method: 'tools/call', params: {} }).bytes.toString('utf8');
    assert.match(mended, /"structuredContent":\{"id":9007199254740993\}/);
    assert.match(mended, /\{\\"id\\":9007199254740993\}/);
  });

  it('reads contents without a URI under the one that was asked for', () => {
    const read = mend('resources/read', { contents: { text: 'a', mimeType: null } });
    assert.deepEqual(read, { contents: [{ uri: 'x:asked', text: 'a' }] });
  });

  it('makes several messages of one with several blocks', () => {
    const content = ['a', { type: 'text', text: 'b' }];
    const { messages } = mend('prompts/get', { messages: [{ role: 'system', content }] });
    assert.deepEqual(messages, [
      { role: 'user', content: { type: 'text', text: 'a' } },
      { role: 'user', content: { type: 'text', text: 'b' } },
    ]);
  });

  it('passes on 100 completions and says that there were more', () => {
    const values = Array.from({ length: 101 }, (_, at) => String(at));
    const all = (count: number): JsonObject => ({ completion: { values: values.slice(0, count) } });
    assert.deepEqual(mend('completion/complete', all(100)), all(100));
    const cut = mend('completion/complete', all(101))['completion'] as JsonObject;
    assert.equal((cut['values'] as Json[]).length, 100);
    assert.equal(cut['hasMore'], true);
  });
});
