import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { compile } from '../compile/compile.ts';
import { toToolResult } from './to-tool-result.ts';

const operationOf = (headers: JsonObject) => {
  const responses = { '200': { headers }, default: { headers: { 'X-Other': {} } } };
  const { operations } = compile({
    openapi: '3.1.0',
    info: {},
    paths: { '/x': { get: { responses } } },
  });
  const [first] = operations;
  assert.ok(first !== undefined);
  return first;
};

const sent = {
  'content-type': 'application/json',
  etag: '"7"',
  'x-total': '40',
  'x-other': 'o',
  'set-cookie': 'a=1',
};
const documented = { ETag: {}, 'X-Total': {}, 'Content-Type': {}, 'Set-Cookie': {}, 'X-Gone': {} };

describe('headers that belong to an answer', () => {
  test('are told when the document names them, and no others', () => {
    const response = { status: 200, headers: sent, body: Buffer.from('{"a":1}') };
    const result = toToolResult(operationOf(documented), response);
    assert.deepEqual(result['_meta'], { 'mcp-gateway/headers': { etag: '"7"', 'x-total': '40' } });
    assert.deepEqual(result['content'], [{ type: 'text', text: '{"a":1}' }]);
  });

  test('are text where there is no body', () => {
    const response = { status: 204, headers: sent, body: Buffer.alloc(0) };
    assert.deepEqual(toToolResult(operationOf(documented), response)['content'], [
      { type: 'text', text: 'HTTP 204 No Content (no content)' },
      { type: 'text', text: 'etag: "7"\nx-total: 40' },
    ]);
    assert.equal(toToolResult(operationOf({}), response)['_meta'], undefined);
  });

  test('end somewhere (answerHeadersMax)', () => {
    const many = (count: number) =>
      operationOf(Object.fromEntries(Array.from({ length: count }, (_, at) => [`X-${at}`, {}])));
    const { answerHeadersMax: max } = limits;
    assert.equal(many(max).plan.answerHeaders?.length, max);
    assert.equal(many(max + 1).plan.answerHeaders?.length, max);
  });
});
