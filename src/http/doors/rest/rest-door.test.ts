import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { complete, FakeUpstream } from '../../../../test/support/fake-upstream.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';
import { toolUpstream } from '../../../../test/support/tool-upstream.ts';
import { until } from '../../../../test/support/until.ts';
import { RpcError } from '../../../kernel/errors.ts';
import { JsonBytes } from '../../../kernel/json-bytes.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

const EXACT = '{"big": 9007199254740993, "list": [1.0]}';

const other = new FakeUpstream({
  'tools/list': () => complete({ tools: [] }),
  'resources/list': () => complete({ resources: [] }),
  'resources/templates/list': () => complete({ resourceTemplates: [] }),
  'prompts/list': () => complete({ prompts: [] }),
  'tools/call': ({ params }) => {
    switch (params['name']) {
      case 'structured': {
        const text = `{"content":[],"structuredContent":${EXACT},"_meta":{"x":1}}`;
        return { resultType: 'complete', result: JsonBytes.fromBytes(Buffer.from(text)) };
      }
      case 'failing':
        return complete({ isError: true, content: [{ type: 'text', text: 'No such city.' }] });
      case 'again':
        return params['requestState'] === undefined
          ? { resultType: 'input_required', requestState: 'later' }
          : complete({ content: [{ type: 'text', text: 'now' }] });
      case 'odd name/ü':
        return complete({ content: [{ type: 'text', text: 'odd' }], isError: false });
      case 'crash':
        throw new Error('SELECT secret');
      default:
        throw new RpcError(-32602, `Unknown tool: ${params['name'] as string}`);
    }
  },
});

describe('tools over plain HTTP', () => {
  const { upstream, ended } = toolUpstream();
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
    await doors.add('other', other);
  });
  after(() => doors[Symbol.asyncDispose]());

  const bearer = { authorization: `Bearer ${testKeys.a}` };
  const call = async (path: string, body: unknown = {}, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${doors.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, type: answer.headers.get('content-type'), text };
  };
  const problem = async (path: string, body?: unknown, headers?: Record<string, string>) => {
    const { status, type, text } = await call(path, body, headers);
    assert.equal(type, 'application/problem+json; charset=utf-8');
    const { code, detail } = JSON.parse(text) as { code: string; detail: string };
    return [status, code, detail];
  };

  test('answer structured content as it came, else content blocks', async () => {
    const exact = await call('/services/other/tools/structured');
    assert.deepEqual(exact, { status: 200, type: 'application/json', text: EXACT });
    const blocks = await call('/services/one/tools/echo', { city: 'Zürich' });
    assert.deepEqual(JSON.parse(blocks.text), {
      content: [{ type: 'text', text: '{"city":"Zürich"}' }],
    });
    const record = doors.usage.at(-1);
    assert.deepEqual(
      [record?.method, record?.tool, record?.outcome, record?.sessionId],
      ['tools/call', 'echo', 'ok', null],
    );
    assert.equal(record?.bytesIn, Buffer.byteLength('{"city":"Zürich"}'));
    const odd = await call(`/services/other/tools/${encodeURIComponent('odd name/ü')}`);
    assert.deepEqual(JSON.parse(odd.text), { content: [{ type: 'text', text: 'odd' }] });
  });

  test('answer errors as problems: of the tool, of the service, of the caller', async () => {
    const path = '/services/other/tools';
    assert.deepEqual(await problem(`${path}/failing`), [422, 'tool_failed', 'No such city.']);
    assert.deepEqual(await problem(`${path}/none`), [400, 'invalid_params', 'Unknown tool: none']);
    const crash = await problem(`${path}/crash`);
    assert.deepEqual(crash.slice(0, 2), [500, 'internal']);
    assert.doesNotMatch(String(crash[2]), /SELECT/);
    const asked = await problem('/services/one/tools/ask');
    assert.deepEqual(asked.slice(0, 2), [400, 'missing_capability']);
    assert.equal((await problem('/services/nowhere/tools/x'))[0], 404);
    assert.equal((await problem('/bundles/nowhere/tools/x'))[0], 404);
    assert.equal((await problem(`${path}/%ff`))[0], 404);
    assert.equal((await problem(`${path}/x`, [1]))[1], 'invalid_params');
    assert.equal((await problem(`${path}/x`, '{'))[1], 'parse_error');
    assert.equal((await problem(`${path}/x`, {}, { 'content-type': 'text/plain' }))[0], 415);
    const large = ' '.repeat(limits.requestBodyBytesMax + 1);
    assert.equal((await problem(`${path}/x`, large))[0], 413);
    assert.equal((await problem(`${path}/x`, {}, { authorization: 'Bearer wrong' }))[0], 401);
    const wrong = { authorization: 'Bearer wrong' };
    assert.equal((await problem(`${path}/x`, '{', wrong))[0], 401, 'before the body is read');
    assert.equal((await problem(`${path}/x`, {}, { origin: 'https://evil.example' }))[0], 403);
    const foreign = { authorization: `Bearer ${testKeys.b}` };
    assert.equal((await problem(`${path}/structured`, {}, foreign))[0], 404);
    const got = await fetch(`${doors.url}${path}/structured`, { headers: bearer });
    assert.equal(got.status, 405);
  });

  test('ask a service again that only wants to be asked again', async () => {
    const { text } = await call('/services/other/tools/again');
    assert.deepEqual(JSON.parse(text), { content: [{ type: 'text', text: 'now' }] });
  });

  test('tell of progress as events, to those who want events', async () => {
    const accept = { accept: 'text/event-stream' };
    const { text, type } = await call('/services/one/tools/noisy', {}, accept);
    assert.equal(type, 'text/event-stream');
    const events = text
      .trim()
      .split('\n\n')
      .map((block) => /^event: (\w+)\ndata: (.*)$/.exec(block)?.slice(1));
    assert.deepEqual(events, [
      ['progress', '{"progress":1,"total":2}'],
      ['log', '{"level":"info","data":"x"}'],
      ['result', '{"content":[{"type":"text","text":"{}"}]}'],
    ]);
    const silent = await call('/services/one/tools/noisy');
    assert.equal(silent.type, 'application/json');
    const failed = await call('/services/other/tools/failing', {}, accept);
    assert.deepEqual(
      [failed.status, failed.type],
      [422, 'application/problem+json; charset=utf-8'],
    );
    const structured = await call('/services/other/tools/structured', {}, accept);
    assert.equal(structured.text, `event: result\ndata: ${EXACT}\n\n`);
  });

  test('cancel the call of a caller who left', async () => {
    ended.length = 0;
    const leave = new AbortController();
    const calling = fetch(`${doors.url}/services/one/tools/hang`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer },
      body: '{}',
      signal: leave.signal,
    });
    await until(() => upstream.requests.some(({ params }) => params['name'] === 'hang'));
    leave.abort();
    await assert.rejects(calling);
    await until(() => ended.length > 0);
    assert.deepEqual(ended, ['client_gone']);
  });

  test('cut a caller who asked for events and does not read them', async () => {
    const pace = { waitBytes: 256 * 1024, cutBytes: 8 * 1024 * 1024, stallMs: 200 };
    await using slow = await startDoors({ pace });
    const { upstream: flooding, ended: cut } = toolUpstream();
    await slow.add('one', flooding);
    const { hostname, port } = new URL(slow.url);
    const socket = connect(Number(port), hostname);
    const head = [
      'POST /services/one/tools/flood HTTP/1.1',
      `Host: ${hostname}`,
      `Authorization: ${bearer.authorization}`,
      'Accept: text/event-stream',
      'Content-Type: application/json',
      'Content-Length: 2',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n{}`);
    socket.pause();
    await until(() => cut.length > 0);
    assert.deepEqual(cut, ['client_gone']);
    socket.destroy();
  });

  test('finish or are told when the gateway stops', async () => {
    const stopping = await startDoors();
    const { upstream: hanging } = toolUpstream();
    await stopping.add('one', hanging);
    const answering = fetch(`${stopping.url}/services/one/tools/hang`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer },
      body: '{}',
    });
    await until(() => hanging.requests.some(({ params }) => params['name'] === 'hang'));
    await stopping.stop(50);
    const answer = (await (await answering).json()) as JsonObject;
    assert.equal(answer['code'], 'shutting_down');
    await stopping[Symbol.asyncDispose]();
  });
});
