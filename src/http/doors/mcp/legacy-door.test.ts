import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { objectMember, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { complete, FakeUpstream } from '../../../../test/support/fake-upstream.ts';
import { errorCode, post, readAnswer, type McpAnswer } from '../../../../test/support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../../test/support/start-doors.ts';

/** Grows with every change that is announced. */
let generation = 0;
const upstream = new FakeUpstream(
  {
    'tools/list': () =>
      complete({
        resultType: 'complete',
        ttlMs: 5,
        cacheScope: 'public',
        tools: Array.from({ length: generation }, () => ({ name: 'new' })),
      }),
    'resources/list': () => complete({ resources: [{ name: 'r', uri: 'test://r' }] }),
    'resources/templates/list': () => complete({ resourceTemplates: [] }),
    'prompts/list': () => complete({ prompts: [] }),
    'tools/call': ({ params }, io) => {
      const name = params['name'];
      if (name === 'list') return complete({ content: [], structuredContent: [1, 2] });
      if (name === 'noisy')
        void io.notify({ method: 'notifications/progress', params: { progress: 1 } });
      if (name === 'hang') {
        return new Promise((_, reject) => io.cancellation.onCancel((reason) => reject(reason)));
      }
      if (name !== 'ask') return complete({ content: [] });
      if (params['requestState'] !== 'state-1') {
        const ask = { method: 'elicitation/create', params: { mode: 'form', message: 'Name?' } };
        return {
          resultType: 'input_required',
          inputRequests: { who: ask },
          requestState: 'state-1',
        };
      }
      return complete({
        content: [{ type: 'text', text: JSON.stringify(params['inputResponses']) }],
      });
    },
  },
  { tools: { listChanged: true }, resources: { subscribe: true }, prompts: {} },
);

const headers = {
  authorization: `Bearer ${testKeys.a}`,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

const initialize = (version = '2025-11-25'): JsonObject => ({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: version,
    capabilities: { elicitation: {} },
    clientInfo: { name: 'test', version: '1' },
  },
});

const call = (id: number, name: string, more: JsonObject = {}): JsonObject => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, ...more },
});

describe('the legacy door', () => {
  let doors: RunningDoors;
  let url = '';
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
    url = `${doors.url}/mcp/one`;
  });
  after(() => doors[Symbol.asyncDispose]());

  async function open(version?: string): Promise<Record<string, string>> {
    const opened = await post(url, initialize(version), headers);
    assert.equal(opened.status, 200);
    const id = opened.headers.get('mcp-session-id') ?? '';
    assert.match(id, /^[\x21-\x7e]{32,}$/);
    return { ...headers, 'mcp-session-id': id };
  }

  it('agrees on a revision, opens a session, and ends it', async () => {
    for (const [asked, agreed] of [
      ['2025-06-18', '2025-06-18'],
      ['2024-11-05', '2024-11-05'],
      ['1999-01-01', '2025-11-25'],
    ] as const) {
      const opened = await post(url, initialize(asked), headers);
      const result = objectMember(opened.body, 'result');
      assert.equal(result?.['protocolVersion'], agreed);
      assert.deepEqual(result?.['serverInfo'], { name: 'fake', version: '1' });
      assert.equal(result?.['instructions'], 'Be fake.');
      assert.equal(
        objectMember(objectMember(result, 'capabilities'), 'tools')?.['listChanged'],
        true,
      );
    }
    const session = await open();
    const listed = await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, session);
    assert.deepEqual(listed.body, { jsonrpc: '2.0', id: 1, result: { tools: [] } });
    const ended = await fetch(url, { method: 'DELETE', headers: session });
    assert.equal(ended.status, 200);
    assert.equal((await post(url, call(2, 'x'), session)).status, 404);
  });

  it('knows a session only for its own key and its own endpoint', async () => {
    const session = await open();
    const other = { ...session, authorization: `Bearer ${testKeys.a2}` };
    assert.equal((await post(url, call(1, 'x'), other)).status, 404);
    assert.equal((await post(`${doors.url}/mcp`, call(1, 'x'), session)).status, 404);
    assert.equal((await post(url, call(1, 'x'), headers)).status, 400);
    assert.equal(
      (await post(url, call(1, 'x'), { ...session, 'mcp-session-id': '__proto__' })).status,
      404,
    );
    const wrong = { ...session, 'mcp-protocol-version': '1.0' };
    assert.equal((await post(url, call(1, 'x'), wrong)).status, 400);
    assert.equal((await post(url, call(1, 'x'), session)).status, 200);
  });

  it('answers what only sessions have, and wraps what only modern clients know', async () => {
    const session = await open();
    const ask = (method: string, params: JsonObject = {}): Promise<McpAnswer> =>
      post(url, { jsonrpc: '2.0', id: 1, method, params }, session);
    assert.deepEqual((await ask('ping')).body?.['result'], {});
    assert.deepEqual((await ask('logging/setLevel', { level: 'info' })).body?.['result'], {});
    assert.equal(errorCode(await ask('server/discover')), -32601);
    assert.equal(errorCode(await ask('logging/setLevel')), -32602);
    const wrapped = await post(url, call(2, 'list'), session);
    assert.deepEqual(wrapped.body?.['result'], {
      structuredContent: { result: [1, 2] },
      content: [],
    });
    const note = await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
    assert.equal(note.status, 202);
  });

  it('turns required input into a request to the client and back', async () => {
    const session = await open();
    const response = await fetch(url, {
      method: 'POST',
      headers: session,
      body: JSON.stringify(call(5, 'ask')),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('elicitation/create')) {
      text += Buffer.from((await reader.read()).value ?? []).toString();
    }
    const asked = JSON.parse(/^data: (\{.+)$/m.exec(text)?.[1] ?? '') as { id: string };
    const answer = {
      jsonrpc: '2.0',
      id: asked.id,
      result: { action: 'accept', content: { n: 1 } },
    };
    assert.equal((await post(url, answer, session)).status, 202);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      text += Buffer.from(value).toString();
    }
    assert.match(
      text,
      /"id":5,"result".*\\"who\\":\{\\"action\\":\\"accept\\",\\"content\\":\{\\"n\\":1\}\}/,
    );
    assert.deepEqual(
      doors.usage.slice(-2).map(({ outcome }) => outcome),
      ['input_required', 'ok'],
    );
  });

  it('takes batches where the revision has them, and bounds them', async () => {
    const old = await open('2025-03-26');
    const batch = [
      call(1, 'x'),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      call(2, 'y'),
    ];
    const answer = await post(url, batch, old);
    assert.deepEqual(
      answer.messages.map((one) => Number(one['id'])).toSorted((a, b) => a - b),
      [1, 2],
    );
    const most = Array.from({ length: limits.batchMessagesMax }, (_, id) => call(id, 'x'));
    assert.equal((await post(url, most, old)).messages.length, limits.batchMessagesMax);
    assert.equal((await post(url, [...most, call(999, 'x')], old)).status, 400);
    assert.equal((await post(url, [], old)).status, 400);
    assert.equal((await post(url, batch, await open())).status, 400);
  });

  it('ends the stream of a cancelled call, also within its own batch', async () => {
    const session = await open('2025-03-26');
    const cancel = (id: number): JsonObject => ({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: id },
    });
    const hanging = post(url, call(1, 'hang'), session);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal((await post(url, cancel(1), session)).status, 202);
    assert.deepEqual((await hanging).messages, []);
    const both = await post(url, [call(2, 'hang'), cancel(2)], session);
    assert.deepEqual(both.messages, []);
  });

  it('keeps a call running when its connection is lost, and replays what was missed', async () => {
    const session = await open();
    const aborter = new AbortController();
    const response = await fetch(url, {
      method: 'POST',
      headers: session,
      signal: aborter.signal,
      body: JSON.stringify(call(9, 'ask', { _meta: { progressToken: 1 } })),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const first = Buffer.from((await reader.read()).value ?? []).toString();
    const primed = /^id: (.+)$/m.exec(first)?.[1] ?? '';
    aborter.abort();
    await reader.cancel().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    const resumed = await fetch(url, { headers: { ...session, 'last-event-id': primed } });
    const again = (resumed.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('elicitation/create')) {
      text += Buffer.from((await again.read()).value ?? []).toString();
    }
    const { id } = JSON.parse(/^data: (\{.+)$/m.exec(text)?.[1] ?? '') as { id: string };
    await post(url, { jsonrpc: '2.0', id, result: { action: 'decline' } }, session);
    while (!text.includes('"id":9'))
      text += Buffer.from((await again.read()).value ?? []).toString();
    const foreign = { ...session, 'last-event-id': 'ffffffffffff-1' };
    assert.equal((await fetch(url, { headers: foreign })).status, 404);
  });

  it('announces changes on the GET stream', async () => {
    const session = await open();
    const stream = await fetch(url, { headers: session });
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    const subscribe = {
      jsonrpc: '2.0',
      id: 3,
      method: 'resources/subscribe',
      params: { uri: 'test://r' },
    };
    assert.equal((await post(url, subscribe, session)).status, 200);
    const wait = new Promise((resolve) => setTimeout(resolve, 50));
    await wait;
    upstream.announce('notifications/resources/updated', { uri: 'test://r' });
    generation++;
    upstream.announce('notifications/tools/list_changed');
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('list_changed') || !text.includes('test://r')) {
      text += Buffer.from((await reader.read()).value ?? []).toString();
    }
    await fetch(url, { method: 'DELETE', headers: session });
    while (!(await reader.read()).done);
  });

  it('answers a GET without a session fast, as clients probe it', async () => {
    const probe = await readAnswer(await fetch(url, { headers }));
    assert.equal(probe.status, 405);
  });
});
