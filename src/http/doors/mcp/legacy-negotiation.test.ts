import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../../../kernel/limits.ts';
import { complete, FakeUpstream } from '../../../../test/support/fake-upstream.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';

/** Grows with every change that is announced. */
let generation = 0;
const upstream = new FakeUpstream(
  {
    'tools/list': () =>
      complete({
        tools: [{ name: 'slow', title: `${generation}`, inputSchema: { type: 'object' } }],
      }),
    'tools/call': async (_, io) => {
      void io.notify({ method: 'notifications/progress', params: { progress: 1 } });
      await sleep(80);
      return complete({ content: [] });
    },
  },
  { tools: { listChanged: true }, resources: { subscribe: true } },
);

describe('what legacy clients bring along', () => {
  let doors: RunningDoors;
  let url = '';
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
    url = `${doors.url}/mcp/one`;
  });
  after(() => doors[Symbol.asyncDispose]());

  const usual = {
    authorization: `Bearer ${testKeys.a}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const post = (body: object, more: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { ...usual, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    });
  const open = (more: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    return post({ id: 0, method: 'initialize', params }, more);
  };
  const session = async (): Promise<Record<string, string>> => ({
    'mcp-session-id': (await open()).headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': '2025-06-18',
  });

  /** Reads a stream until it has said something, and leaves. */
  async function seen({ body }: Response, word: string): Promise<void> {
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes(word)) {
      const { value, done } = await reader.read();
      assert.equal(done, false, text);
      text += Buffer.from(value ?? []).toString();
    }
    await reader.cancel();
  }

  it('opens a session whatever header was left over', async () => {
    const leftOver = [
      { 'mcp-session-id': 'long-gone' },
      await session(),
      { 'mcp-protocol-version': '2026-07-28' },
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' },
      { 'mcp-protocol-version': '1999-01-01' },
    ];
    for (const headers of leftOver) {
      const answer = await open(headers);
      assert.equal(answer.status, 200, await answer.text());
      assert.notEqual(answer.headers.get('mcp-session-id') ?? '', '');
    }
  });

  it('answers in a session that ended as official clients expect it', async () => {
    const own = { 'mcp-session-id': 'long-gone', 'mcp-protocol-version': '2025-06-18' };
    for (const id of [7, 'seven']) {
      const answer = await post({ id, method: 'tools/list' }, own);
      assert.equal(answer.status, 404);
      const { error, ...rest } = (await answer.json()) as { error: { code: number } };
      assert.deepEqual(rest, { jsonrpc: '2.0', id });
      assert.equal(error.code, -32001);
    }
    const stream = await fetch(url, { headers: { ...usual, ...own } });
    assert.equal(stream.status, 404);
    const ended = await fetch(url, { method: 'DELETE', headers: { ...usual, ...own } });
    assert.equal(ended.status, 404);
  });

  it('answers in JSON, however late, whoever takes JSON alone', async () => {
    const own = { ...(await session()), accept: 'application/json' };
    const params = { name: 'slow', arguments: {}, _meta: { progressToken: 'p' } };
    const answer = await post({ id: 1, method: 'tools/call', params }, own);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    assert.deepEqual(((await answer.json()) as { result: unknown }).result, { content: [] });
    const stream = await post({ id: 2, method: 'tools/call', params }, await session());
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    await stream.text();
  });

  it('gives the stream of a session to who asks for it last', async () => {
    const headers = { ...usual, ...(await session()) };
    const first = await fetch(url, { headers: { ...headers, accept: '*/*' } });
    assert.equal(first.status, 200);
    const second = await fetch(url, { headers: { ...headers, accept: 'TEXT/EVENT-STREAM' } });
    assert.equal(second.status, 200);
    await first.text();
    await sleep(50);
    generation++;
    upstream.announce('notifications/tools/list_changed');
    await seen(second, 'list_changed');
    const third = await fetch(url, { headers: { ...headers, accept: 'application/json' } });
    assert.equal(third.status, 406);
  });

  it('gives the places of clients that vanished to those that come', async () => {
    const watched = (headers: Record<string, string>): Promise<Response> =>
      fetch(url, { headers: { ...usual, ...headers } });
    for (let round = 0; round < 3; round++) {
      const gone = Array.from({ length: limits.listenStreamsPerCredentialMax }, async () => {
        const stream = await watched(await session());
        await stream.body?.cancel();
      });
      await Promise.all(gone);
      await sleep(50);
    }
    const own = await session();
    const stream = await watched(own);
    const params = { uri: 'test://r' };
    const subscribed = await post({ id: 1, method: 'resources/subscribe', params }, own);
    assert.equal(subscribed.status, 200, await subscribed.text());
    await sleep(50);
    generation++;
    upstream.announce('notifications/tools/list_changed');
    await seen(stream, 'list_changed');
  });

  it('tells a client that comes back that anything may have changed', async () => {
    const headers = { ...usual, ...(await session()) };
    await (await fetch(url, { headers })).body?.cancel();
    await sleep(50);
    await seen(await fetch(url, { headers }), 'tools/list_changed');
  });

  it('takes the key beside the login of a proxy', async () => {
    const proxied = { authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': testKeys.a };
    assert.equal((await open(proxied)).status, 200);
    assert.equal((await open({ authorization: 'Basic dXNlcjpwYXNz' })).status, 401);
    const other = { authorization: `Bearer ${testKeys.b}`, 'x-api-key': testKeys.a };
    assert.equal((await open(other)).status, 401);
  });
});
