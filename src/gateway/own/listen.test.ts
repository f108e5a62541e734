import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FakeUpstream, complete } from '../../../test/support/fake-upstream.ts';
import { callModern, envelope, modernHeaders } from '../../../test/support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../../../test/support/start-doors.ts';
import { limits } from '../../kernel/limits.ts';
import type { JsonObject } from '../../kernel/json.ts';

const upstream = new FakeUpstream(
  {
    'tools/list': () => complete({ tools: [] }),
    'resources/list': () => complete({ resources: [{ name: 'r', uri: 'test://r' }] }),
    'resources/templates/list': () => complete({ resourceTemplates: [] }),
  },
  { tools: {}, resources: {} },
);

interface OpenStream {
  readonly status: number;
  /** Reads until the text is there, or the stream ends. */
  until(text: string): Promise<string>;
  close(): void;
}

async function listen(url: string, notifications: JsonObject, id = 'sub-1'): Promise<OpenStream> {
  const aborter = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    headers: modernHeaders('subscriptions/listen'),
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'subscriptions/listen',
      params: { notifications, _meta: envelope() },
    }),
    signal: aborter.signal,
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let seen = '';
  return {
    status: response.status,
    until: async (text) => {
      while (!seen.includes(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        seen += Buffer.from(value).toString();
      }
      return seen;
    },
    close: () => {
      aborter.abort();
      reader.cancel().catch(() => {});
    },
  };
}

describe('subscriptions/listen', () => {
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  it('acknowledges what it honours, then sends that and nothing else', async () => {
    const stream = await listen(`${doors.url}/mcp`, {
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['test://r'],
    });
    const first = await stream.until('acknowledged');
    const [, data = ''] = /^data: (.+)$/m.exec(first) ?? [];
    assert.deepEqual(JSON.parse(data), {
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: {
        notifications: { toolsListChanged: true, resourceSubscriptions: ['test://r'] },
        _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub-1' },
      },
    });
    upstream.announce('notifications/resources/list_changed');
    upstream.announce('notifications/resources/updated', { uri: 'test://other' });
    upstream.announce('notifications/resources/updated', { uri: 'test://r' });
    const updated = await stream.until('"uri":"test://r"');
    assert.equal(updated.includes('resources/list_changed'), false);
    assert.equal(updated.includes('test://other'), false);
    upstream.announce('notifications/tools/list_changed');
    upstream.announce('notifications/tools/list_changed');
    await stream.until('tools/list_changed');
    stream.close();
  });

  it('announces that a service came and went', async () => {
    const stream = await listen(`${doors.url}/mcp`, { toolsListChanged: true });
    await stream.until('acknowledged');
    await doors.add(
      'two',
      new FakeUpstream({ 'tools/list': () => complete({ tools: [] }) }, { tools: {} }),
    );
    await stream.until('tools/list_changed');
    stream.close();
    const own = await listen(`${doors.url}/mcp/one`, { toolsListChanged: true });
    await own.until('acknowledged');
    await doors.catalog.remove(doors.catalog.find(doors.tenant, 'two'));
    upstream.announce('notifications/tools/list_changed');
    await own.until('tools/list_changed');
    own.close();
  });

  it('bounds URIs and streams of one credential', async () => {
    const uris = Array.from({ length: limits.listenUrisMax + 1 }, (_, index) => `test://${index}`);
    const ask = (resourceSubscriptions: readonly string[]): ReturnType<typeof callModern> =>
      callModern(`${doors.url}/mcp`, 'subscriptions/listen', {
        notifications: { resourceSubscriptions },
      });
    assert.equal((await ask(uris)).body?.['error'] === undefined, false);
    const most = await listen(`${doors.url}/mcp`, { resourceSubscriptions: uris.slice(1) });
    await most.until('acknowledged');
    most.close();
    const streams: OpenStream[] = [];
    for (let opened = 0; opened < limits.listenStreamsPerCredentialMax; opened++) {
      const stream = await listen(`${doors.url}/mcp`, { toolsListChanged: true });
      if (stream.status === 200) await stream.until('acknowledged');
      else opened--;
      streams.push(stream);
    }
    const refused = await callModern(`${doors.url}/mcp`, 'subscriptions/listen', {
      notifications: { toolsListChanged: true },
    });
    assert.equal(refused.status, 429);
    for (const stream of streams) stream.close();
  });
});
