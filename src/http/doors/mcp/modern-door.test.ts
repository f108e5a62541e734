import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { JsonBytes } from '../../../kernel/json-bytes.ts';
import { RpcError } from '../../../kernel/errors.ts';
import { objectMember } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { complete, FakeUpstream } from '../../../../test/support/fake-upstream.ts';
import {
  callModern,
  envelope,
  errorCode,
  modernHeaders,
  post,
  resultText,
} from '../../../../test/support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';

const BIG = '{"content":[],"big":9007199254740993,"unknown":{"kept":true}}';

const upstream = new FakeUpstream({
  'tools/list': () => complete({ tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }),
  'resources/list': () => complete({ resources: [{ name: 'r', uri: 'test://r' }] }),
  'resources/templates/list': () =>
    complete({ resourceTemplates: [{ name: 't', uriTemplate: 'test://t/{id}' }] }),
  'prompts/list': () => complete({ prompts: [{ name: 'p' }] }),
  'resources/read': ({ params }) => {
    if (params['uri'] === 'test://none') throw new RpcError(-32602, 'Resource not found');
    return complete({ contents: [{ uri: params['uri'] as string }] });
  },
  'tools/call': ({ params }, io) => {
    if (params['name'] === 'big') {
      return { resultType: 'complete', result: JsonBytes.fromBytes(Buffer.from(BIG)) };
    }
    if (params['name'] === 'broken') throw new RpcError(-32602, 'bad arguments', { why: 1 });
    if (params['name'] === 'noisy') {
      void io.notify({ method: 'notifications/progress', params: { progress: 1 } });
      void io.notify({ method: 'notifications/message', params: { level: 'info', data: 'x' } });
    }
    if (params['name'] === 'hang') {
      return new Promise((_, reject) => io.cancellation.onCancel((reason) => reject(reason)));
    }
    return complete({ content: [{ type: 'text', text: JSON.stringify(params) }] });
  },
});

describe('the modern door', () => {
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  it('passes a result through byte for byte and adds what 2026-07-28 requires', async () => {
    const body = {
      jsonrpc: '2.0',
      id: 'ü',
      method: 'tools/call',
      params: { name: 'big', _meta: envelope() },
    };
    const response = await fetch(`${doors.url}/mcp/one`, {
      method: 'POST',
      headers: modernHeaders('tools/call', 'big'),
      body: JSON.stringify(body),
    });
    assert.equal(
      await response.text(),
      `{"jsonrpc":"2.0","id":"ü","result":{"resultType":"complete",${BIG.slice(1)}}`,
    );
    const read = await callModern(`${doors.url}/mcp/one`, 'resources/read', { uri: 'test://r' });
    assert.deepEqual(read.body?.['result'], {
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
      contents: [{ uri: 'test://r' }],
    });
  });

  it('prefixes names on /mcp, finds owners, and leaves the identity endpoint alone', async () => {
    const all = await callModern(`${doors.url}/mcp`, 'tools/list');
    assert.equal(JSON.stringify(all.body).includes('"one__echo"'), true);
    const own = await callModern(`${doors.url}/mcp/one`, 'tools/list');
    assert.equal(JSON.stringify(own.body).includes('"name":"echo"'), true);
    const call = await callModern(`${doors.url}/mcp`, 'tools/call', {
      name: 'one__echo',
      arguments: { a: 1 },
      _meta: { custom: 'kept', progressToken: 7 },
    });
    const seen = JSON.parse(resultText(call)) as unknown;
    assert.deepEqual(seen, { name: 'echo', arguments: { a: 1 }, _meta: { custom: 'kept' } });
    const read = await callModern(`${doors.url}/mcp`, 'resources/read', { uri: 'test://t/4' });
    assert.equal(read.status, 200);
    for (const [method, params] of [
      ['tools/call', { name: 'echo' }],
      ['tools/call', { name: '__proto__' }],
      ['prompts/get', { name: 'one__none' }],
      ['resources/read', { uri: 'test://none' }],
    ] as const) {
      const unknown = await callModern(`${doors.url}/mcp`, method, params);
      assert.deepEqual([unknown.status, errorCode(unknown)], [200, -32602], method);
    }
  });

  it('follows the ladder: status and code of each rung', async () => {
    const url = `${doors.url}/mcp/one`;
    const good = (over: object = {}, params: object = {}): object => ({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', _meta: envelope(), ...params },
      ...over,
    });
    const headers = modernHeaders('tools/call', 'echo');
    const meta = (over: object): object => ({ _meta: { ...envelope(), ...over } });
    const rungs: readonly (readonly [string, number, number, unknown, Record<string, string>])[] = [
      ['not JSON', 400, -32700, '{', headers],
      ['invalid UTF-8 is replaced', 200, 0, good(), headers],
      ['batch', 400, -32600, [good()], headers],
      ['response', 400, -32600, { jsonrpc: '2.0', id: 1, result: {} }, headers],
      ['id null', 400, -32600, good({ id: null }), headers],
      ['id 1.5', 400, -32600, good({ id: 1.5 }), headers],
      ['id too long', 400, -32600, good({ id: 'x'.repeat(limits.requestIdBytesMax + 1) }), headers],
      [
        'id of the greatest length',
        200,
        0,
        good({ id: 'x'.repeat(limits.requestIdBytesMax) }),
        headers,
      ],
      ['no _meta', 400, -32602, good({ params: { name: 'echo' } }), headers],
      [
        'no capabilities',
        400,
        -32602,
        good({}, meta({ 'io.modelcontextprotocol/clientCapabilities': 1 })),
        headers,
      ],
      [
        'bad log level',
        400,
        -32602,
        good({}, meta({ 'io.modelcontextprotocol/logLevel': 'loud' })),
        headers,
      ],
      ['no version header', 400, -32020, good(), { ...headers, 'mcp-protocol-version': '' }],
      [
        'version differs',
        400,
        -32020,
        good({}, meta({ 'io.modelcontextprotocol/protocolVersion': '2099-01-01' })),
        headers,
      ],
      ['method differs', 400, -32020, good(), { ...headers, 'mcp-method': 'tools/list' }],
      ['name differs', 400, -32020, good(), { ...headers, 'mcp-name': 'Echo' }],
      ['name in base64', 200, 0, good(), { ...headers, 'mcp-name': '=?base64?ZWNobw==?=' }],
      ['name badly encoded', 400, -32020, good(), { ...headers, 'mcp-name': '=?base64?ZWNobw?=' }],
      [
        'unknown version',
        400,
        -32022,
        good({}, meta({ 'io.modelcontextprotocol/protocolVersion': '2099-01-01' })),
        { ...headers, 'mcp-protocol-version': '2099-01-01' },
      ],
      ['removed method', 404, -32601, good({ method: 'initialize' }), modernHeaders('initialize')],
      ['unknown method', 404, -32601, good({ method: '__proto__' }), modernHeaders('__proto__')],
    ];
    for (const [name, status, code, body, sent] of rungs) {
      const answer = await post(url, body, sent);
      const found = errorCode(answer) ?? 0;
      assert.deepEqual([answer.status, found], [status, code], name);
    }
  });

  it('refuses hosts, origins, types, sizes and depths before anything runs', async () => {
    const url = `${doors.url}/mcp/one`;
    const headers = modernHeaders('tools/call', 'echo');
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', _meta: envelope() },
    };
    const before = upstream.requests.length;
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    const deep = JSON.stringify(body).replace(
      '"echo"',
      `"echo","x":${nested(limits.jsonDepthMax)}`,
    );
    const fine = JSON.stringify(body).replace(
      '"echo"',
      `"echo","x":${nested(limits.jsonDepthMax - 2)}`,
    );
    for (const [status, sent, over] of [
      [403, body, { origin: 'http://evil.example' }],
      [403, body, { origin: 'null' }],
      [415, body, { 'content-type': 'text/plain' }],
      [415, body, { 'content-type': 'application/json; charset=utf-16' }],
      [415, body, { 'content-encoding': 'gzip' }],
      [401, body, { authorization: 'Bearer nobody' }],
      [401, '{', { authorization: 'Basic x' }],
      [413, ' '.repeat(limits.requestBodyBytesMax + 1), {}],
      [400, deep, {}],
    ] as const) {
      const answer = await post(url, sent, { ...headers, ...over });
      assert.equal(answer.status, status, JSON.stringify(over));
    }
    assert.equal(upstream.requests.length, before);
    assert.equal((await post(url, fine, headers)).status, 200);
    const put = await fetch(url, { method: 'PUT', headers });
    assert.equal(put.status, 405);
    assert.equal((await callModern(`${doors.url}/mcp/none`, 'tools/list')).status, 404);
    assert.equal((await callModern(`${doors.url}/mcp/%2e%2e/one`, 'tools/list')).status, 404);
  });

  it('streams notifications the client asked for, and no others', async () => {
    const url = `${doors.url}/mcp/one`;
    const silent = await callModern(url, 'tools/call', { name: 'noisy' });
    assert.equal(silent.messages.length, 0);
    const loud = await callModern(url, 'tools/call', {
      name: 'noisy',
      _meta: { progressToken: 'tok', 'io.modelcontextprotocol/logLevel': 'debug' },
    });
    assert.deepEqual(
      loud.messages.map((one) => one['method']),
      ['notifications/progress', 'notifications/message', undefined],
    );
    assert.equal(objectMember(loud.messages[0], 'params')?.['progressToken'], 'tok');
    assert.equal(doors.usage.at(-1)?.events, 2);
  });

  it('answers an upstream error as it is', async () => {
    const answer = await callModern(`${doors.url}/mcp/one`, 'tools/call', { name: 'broken' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body?.['error'], {
      code: -32602,
      message: 'bad arguments',
      data: { why: 1 },
    });
    assert.equal(doors.usage.at(-1)?.outcome, 'upstream_error');
  });

  it('cancels upstream when the client leaves', async () => {
    const aborter = new AbortController();
    const sent = fetch(`${doors.url}/mcp/one`, {
      method: 'POST',
      headers: modernHeaders('tools/call', 'hang'),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'hang', _meta: envelope() },
      }),
      signal: aborter.signal,
    });
    const before = doors.usage.length;
    setTimeout(() => aborter.abort(), 30);
    await assert.rejects(sent);
    while (doors.usage.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('lets no last byte leave before the usage record is durable, and fails closed', async () => {
    let release = (): void => {};
    doors.beforeAppend = () => new Promise((resolve) => (release = resolve));
    let answered = false;
    const call = callModern(`${doors.url}/mcp/one`, 'tools/call', { name: 'echo' }).then(
      (answer) => {
        answered = true;
        return answer;
      },
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(answered, false);
    release();
    assert.equal((await call).status, 200);
    doors.beforeAppend = () => Promise.reject(new Error('disk'));
    const failed = await callModern(`${doors.url}/mcp/one`, 'tools/call', { name: 'echo' });
    assert.deepEqual([failed.status, errorCode(failed)], [500, -32603]);
    assert.equal(JSON.stringify(failed.body).includes('disk'), false);
    doors.beforeAppend = () => Promise.resolve();
  });

  it('shows nothing of one tenant to another', async () => {
    const headers = {
      ...modernHeaders('tools/call', 'echo'),
      authorization: `Bearer ${testKeys.b}`,
    };
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', _meta: envelope() },
    };
    const foreign = await post(`${doors.url}/mcp/one`, body, headers);
    const unknown = await post(`${doors.url}/mcp/never`, body, headers);
    assert.deepEqual([foreign.status, foreign.body], [404, unknown.body]);
  });
});
