import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cancellation } from '../kernel/cancellation.ts';
import { RpcError } from '../kernel/errors.ts';
import { JsonBytes } from '../kernel/json-bytes.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { ExchangeIo } from '../mcp/message.ts';
import { ArgumentError } from './argument-error.ts';
import { textResult } from './tool-result.ts';
import {
  createToolServer,
  describeToolServer,
  fixedList,
  listenToNothing,
  type ServedTool,
} from './tool-server.ts';
import { callerOf } from './upstream.ts';

const tool = (name: string): ServedTool => ({
  definition: {
    name,
    description: name,
    inputSchema: {
      type: 'object',
      properties: { count: { type: 'integer' }, unit: { type: 'string' } },
      required: ['count'],
      additionalProperties: false,
    },
  },
  run(given) {
    if (given['count'] === 'broken') throw new Error('a fault');
    if (typeof given['count'] !== 'number') throw new ArgumentError('count', 'must be a number.');
    return Promise.resolve(textResult(`${name} ${given['count']}`));
  },
});

const io: ExchangeIo = {
  cancellation: new Cancellation(),
  deadlineMs: Number.MAX_SAFE_INTEGER,
  notified: 0,
  notify: () => undefined,
};

async function ask(
  tools: readonly ServedTool[],
  method: string,
  params: JsonObject,
): Promise<JsonObject> {
  const server = createToolServer(tools, {
    'resources/list': () => Promise.resolve({ resources: [] }),
  });
  const request = {
    method,
    params,
    client: { era: 'modern', protocolVersion: '2026-07-28', capabilities: {} },
    wantsProgress: false,
    caller: callerOf('ten', 'key'),
  } as const;
  const outcome = await server.answer(request, io);
  assert.equal(outcome.resultType, 'complete');
  return outcome.resultType === 'complete' ? outcome.result.value : {};
}

const rpcError = (code: number) => (error: unknown) =>
  error instanceof RpcError && error.rpcCode === code;

describe('a server of tools', () => {
  test('lists page by page and refuses a cursor it did not give', async () => {
    const count = limits.listPageItems * 2 + 1;
    const tools = Array.from({ length: count }, (_, at) => tool(`t${at}`));
    const names: string[] = [];
    let params: JsonObject = {};
    let pages = 0;
    for (;;) {
      const page = await ask(tools, 'tools/list', params);
      names.push(...(page['tools'] as { name: string }[]).map(({ name }) => name));
      pages += 1;
      if (page['nextCursor'] === undefined) break;
      params = { cursor: page['nextCursor'] };
    }
    assert.equal(pages, 3);
    assert.deepEqual(
      names,
      tools.map(({ definition }) => definition.name),
    );
    for (const cursor of ['-1', 'x', String(count + 1), 5, null, '1e9', '9'.repeat(20)]) {
      const asked = ask(tools, 'tools/list', { cursor });
      if (cursor === null) assert.ok(await asked);
      else await assert.rejects(asked, rpcError(-32602), String(cursor));
    }
  });

  test('calls by name; what a model can mend is a tool error', async () => {
    const tools = [tool('a'), tool('b')];
    const call = (name: unknown, given: unknown): Promise<JsonObject> =>
      ask(tools, 'tools/call', { name, arguments: given } as JsonObject);
    const text = (result: JsonObject): string =>
      (result['content'] as { text: string }[]).map((block) => block.text).join();
    assert.equal(text(await call('b', { count: 2 })), 'b 2');
    const mendable: readonly (readonly [JsonObject, string])[] = [
      [{}, 'Argument "count" is missing; the tool needs it.'],
      [{ count: 1, x: 2 }, 'Argument "x" is not known; the tool takes: count, unit.'],
      [{ count: 'many' }, 'Argument "count" must be a number.'],
    ];
    for (const [given, problem] of mendable) {
      const result = await call('a', given);
      assert.equal(result['isError'], true);
      assert.equal(text(result), problem);
    }
    for (const name of ['c', '__proto__', 'toString', 7, undefined, null]) {
      await assert.rejects(call(name, { count: 1 }), rpcError(-32602), String(name));
    }
    await assert.rejects(call('a', []), rpcError(-32602));
    await assert.rejects(call('a', { count: 'broken' }), /a fault/);
  });

  test('answers further methods and no others', async () => {
    assert.deepEqual(await ask([], 'resources/list', {}), { resources: [] });
    for (const method of ['prompts/list', 'constructor', '']) {
      await assert.rejects(ask([], method, {}), rpcError(-32601));
    }
  });

  test('describes itself, and announces nothing until its exchange ends', async () => {
    const { era, capabilities, instructions } = describeToolServer('x', { tools: {} }, 'how');
    assert.deepEqual([era, capabilities, instructions], ['modern', { tools: {} }, 'how']);
    const cancellation = new Cancellation();
    const heard: unknown[] = [];
    const listening = (async () => {
      for await (const one of listenToNothing({ ...io, cancellation })) heard.push(one);
    })();
    cancellation.cancel('client_gone');
    await listening;
    assert.deepEqual(heard, []);
  });
});

test('a fixed list is written once a page, however often it is read', async () => {
  const items = Array.from({ length: 2 * limits.listPageItems + 1 }, (_, at) => ({
    name: `${at}`,
  }));
  const list = fixedList('tools', items);
  const read = (params: JsonObject): Promise<JsonObject | JsonBytes> =>
    list(params, undefined as never);
  const seen: unknown[] = [];
  let params: JsonObject = {};
  for (;;) {
    const page = await read(params);
    assert.ok(page instanceof JsonBytes);
    assert.equal(await read(params), page);
    seen.push(...(page.value['tools'] as unknown[]));
    const cursor = page.value['nextCursor'];
    if (cursor === undefined) break;
    params = { cursor };
  }
  assert.deepEqual(seen, items);
  assert.notEqual(await read({ cursor: '7' }), await read({ cursor: '7' }));
  assert.throws(() => void read({ cursor: 'x' }), RpcError);
});
