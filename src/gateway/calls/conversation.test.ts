import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { FakeHandle } from '../../../test/support/fake-handle.ts';
import { envelope } from '../../../test/support/mcp-post.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { IdSource } from '../../kernel/ids.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { Conversation } from './conversation.ts';

interface Talk {
  readonly handle: FakeHandle;
  readonly conversation: Conversation;
  readonly sent: JsonObject[];
  say(message: unknown): Promise<void>;
}

function talk(token = 'good', sessionId: string | null = null): Talk {
  const handle = new FakeHandle();
  const sent: JsonObject[] = [];
  const send = (message: Buffer): undefined => {
    assert.ok(!message.includes(0x0a), 'a message is one line');
    sent.push(JSON.parse(message.toString()) as JsonObject);
  };
  const conversation = new Conversation(
    {
      gateway: handle,
      endpoint: { kind: 'all' },
      admit: () => {
        if (token === 'good') return testPrincipal();
        throw new GatewayError('unauthenticated');
      },
      sessionId,
      log: silentLog,
      ids: new IdSource(),
    },
    { send, message: (text) => send(Buffer.from(text)) },
  );
  const say = async (message: unknown): Promise<void> => {
    conversation.receive(Buffer.from(typeof message === 'string' ? message : json(message)));
    for (let turns = 0; turns < 5; turns++) await turn();
  };
  return { handle, conversation, sent, say };
}

const json = (value: unknown): string => JSON.stringify(value);

function modern(id: unknown, method: string, params: JsonObject = {}, more: JsonObject = {}) {
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta: envelope({}, more) } };
}

function legacy(id: unknown, method: string, params: JsonObject = {}) {
  return { jsonrpc: '2.0', id, method, params };
}

const initialize = (version = '2025-11-25') =>
  legacy('init', 'initialize', {
    protocolVersion: version,
    capabilities: { elicitation: {} },
    clientInfo: { name: 'test', version: '1' },
  });

const call = (name: string): JsonObject => ({ name, arguments: {} });
const codeOf = (message?: JsonObject) => objectMember(message, 'error')?.['code'];
const resultOf = (message?: JsonObject) => objectMember(message, 'result');
const cancel = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

describe('modern requests on a connection', () => {
  test('are answered on one line with what the revision requires', async () => {
    const { say, sent } = talk();
    await say(modern('ü', 'tools/call', call('lines')));
    assert.deepEqual(sent, [
      { jsonrpc: '2.0', id: 'ü', result: { resultType: 'complete', a: 'x\ny' } },
    ]);
  });

  test('run side by side; a cancelled one is never heard of again', async () => {
    const { say, sent, conversation, handle } = talk();
    await say(modern(1, 'tools/call', call('hang')));
    await say(modern('1', 'tools/call', call('hang')));
    await say(modern(2, 'tools/call', call('echo')));
    assert.equal(sent[0]?.['id'], 2);
    assert.equal(conversation.running, 2);
    await say(cancel(1));
    assert.equal(conversation.running, 1, 'the id "1" is another request than 1');
    assert.equal(handle.received[0]?.io.cancellation.reason, 'cancelled');
    await say(cancel(99));
    assert.equal(sent.length, 1);
    await say(modern(1, 'tools/call', call('echo')));
    assert.equal(sent[1]?.['id'], 1, 'an id is free again once its request is over');
  });

  test('get only the notifications they asked for', async () => {
    const { say, sent } = talk();
    await say(modern(1, 'tools/call', call('progress')));
    assert.deepEqual(
      sent.map(({ id }) => id),
      [1],
    );
    const wants = { progressToken: 7, 'io.modelcontextprotocol/logLevel': 'info' };
    await say(modern(2, 'tools/call', call('progress'), wants));
    assert.deepEqual(sent.slice(1, 3), [
      {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progress: 1, progressToken: 7 },
      },
      { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info' } },
    ]);
  });

  test('listen: stamped, acknowledged first, ended by a result and a cancellation', async () => {
    const { say, sent, handle, conversation } = talk();
    await say(modern('sub', 'subscriptions/listen', { notifications: {} }));
    const stamp = { 'io.modelcontextprotocol/subscriptionId': 'sub' };
    assert.deepEqual(
      sent.map(({ method, params }) => [method, (params as JsonObject)['_meta']]),
      [
        ['notifications/subscriptions/acknowledged', stamp],
        ['notifications/tools/list_changed', stamp],
      ],
    );
    assert.equal(conversation.running, 0, 'a stream owes no answer');
    assert.equal(conversation.inUse, true);
    handle.endListens();
    await turn();
    assert.deepEqual(sent.slice(2), [
      { jsonrpc: '2.0', id: 'sub', result: { resultType: 'complete', _meta: stamp } },
      cancel('sub'),
    ]);
    assert.equal(conversation.inUse, false);
  });

  test('cancelled while listening end without a word', async () => {
    const { say, sent, conversation } = talk();
    await say(modern('sub', 'subscriptions/listen', { notifications: {} }));
    await say(cancel('sub'));
    assert.equal(sent.length, 2);
    assert.equal(conversation.inUse, false);
  });

  test('carry no session; their input is asked for in the result', async () => {
    const { say, sent, handle } = talk();
    await say(modern(1, 'tools/call', call('ask')));
    assert.equal(resultOf(sent[0])?.['resultType'], 'input_required');
    assert.equal(handle.received[0]?.sessionId, null);
  });

  test('fail with their id: version, method, envelope, upstream, our own fault', async () => {
    const { say, sent } = talk();
    const version = { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    await say(modern(1, 'tools/call', {}, version));
    await say(modern(2, 'ping'));
    await say(modern(3, 'tools/call', call('refused')));
    await say(modern(4, 'tools/call', call('broken')));
    const errors = sent.map(({ id, error }) => [id, (error as JsonObject)['code']]);
    assert.deepEqual(errors, [
      [1, -32022],
      [2, -32601],
      [3, -32602],
      [4, -32603],
    ]);
    assert.doesNotMatch(json(sent[3]), /SELECT/);
  });
});

describe('a legacy client on a connection', () => {
  test('initializes, calls, is asked for input and answers', async () => {
    const { say, sent, handle } = talk();
    await say(initialize());
    const result = sent[0]?.['result'] as JsonObject;
    assert.equal(result['protocolVersion'], '2025-11-25');
    await say(legacy(1, 'tools/call', call('ask')));
    const question = sent[1] as JsonObject;
    assert.equal(question['method'], 'elicitation/create');
    const content = { action: 'accept', content: { name: 'Ada' } };
    await say({ jsonrpc: '2.0', id: question['id'], result: content });
    assert.deepEqual(sent[2], { jsonrpc: '2.0', id: 1, result: { given: { who: content } } });
    const ids = new Set(handle.received.map(({ sessionId }) => sessionId));
    assert.equal(ids.size, 1);
    assert.match([...ids][0] ?? '', /^ses_/);
  });

  test('hears of changes once it said that it is ready', async () => {
    const { say, sent, conversation } = talk();
    await say(initialize());
    assert.equal(conversation.inUse, false);
    await say({ jsonrpc: '2.0', method: 'notifications/initialized' });
    assert.deepEqual(sent.slice(1), [
      { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: {} },
    ]);
    assert.equal(conversation.inUse, true);
  });

  test('cancels by notification, also inside one batch with the call', async () => {
    const { say, sent, conversation } = talk();
    await say(initialize('2025-03-26'));
    await say(legacy(1, 'tools/call', call('hang')));
    await say(cancel(1));
    await say([legacy(2, 'tools/call', call('hang')), cancel(2)]);
    assert.equal(conversation.running, 0);
    assert.equal(sent.length, 1);
  });

  test('may batch in the revisions that have batches, up to the limit', async () => {
    const { say, sent } = talk();
    const pings = (count: number) =>
      Array.from({ length: count }, (_, index) => legacy(index, 'ping'));
    await say(pings(2));
    assert.equal(codeOf(sent[0]), -32600);
    await say(initialize('2025-03-26'));
    await say(pings(limits.batchMessagesMax));
    assert.equal(sent.length, 2 + limits.batchMessagesMax);
    await say(pings(limits.batchMessagesMax + 1));
    await say([]);
    assert.equal(sent.length, 4 + limits.batchMessagesMax);
    const { say: sayNew, sent: sentNew } = talk();
    await sayNew(initialize());
    await sayNew(pings(2));
    assert.equal(codeOf(sentNew[1]), -32600);
  });

  test('shares the connection with modern requests, ids included', async () => {
    const { say, sent } = talk();
    await say(modern('probe', 'server/discover'));
    await say(initialize());
    await say(legacy(1, 'tools/call', call('hang')));
    await say(modern(1, 'tools/call', call('echo')));
    assert.equal(codeOf(sent[2]), -32600);
    await say(modern(2, 'tools/call', call('hang')));
    await say(legacy(2, 'tools/call', call('echo')));
    assert.equal(codeOf(sent[3]), -32600);
    await say(legacy(3, 'tools/call', call('echo')));
    assert.deepEqual(sent[4]?.['result'], { content: [], echo: { name: 'echo', arguments: {} } });
  });
});

describe('a connection', () => {
  test('answers what is no message, with the id when there is one', async () => {
    const { say, sent } = talk();
    for (const message of ['{', '', 'null', '"x"', '[]', '{"jsonrpc":"2.0","id":5}']) {
      await say(message);
    }
    const deep = '['.repeat(limits.jsonDepthMax + 1) + ']'.repeat(limits.jsonDepthMax + 1);
    await say(`{"jsonrpc":"2.0","id":1,"method":"x","params":${deep}}`);
    await say('{"jsonrpc":"2.0","id":null,"method":"ping"}');
    const codes = sent.map(({ id, error }) => [id, (error as JsonObject)['code']]);
    assert.deepEqual(codes, [
      [undefined, -32700],
      [undefined, -32700],
      [undefined, -32600],
      [undefined, -32600],
      [undefined, -32600],
      [5, -32600],
      [undefined, -32600],
      [undefined, -32600],
    ]);
  });

  test('answers what is not UTF-8 and ignores answers nobody waits for', async () => {
    const { conversation, sent, say } = talk();
    conversation.receive(Buffer.from([0x22, 0xff, 0x22]));
    await say({ jsonrpc: '2.0', id: 1, result: {} });
    await say({ jsonrpc: '2.0', method: 'notifications/unknown' });
    assert.equal(sent.length, 1);
  });

  test('takes a bounded number of requests at once, N and no more', async () => {
    const { conversation, sent, say } = talk();
    for (let id = 0; id < limits.connectionRequestsMax; id++) {
      conversation.receive(Buffer.from(json(modern(id, 'tools/call', call('hang')))));
    }
    assert.equal(conversation.running, limits.connectionRequestsMax);
    await say(modern('more', 'tools/call', call('echo')));
    assert.equal(codeOf(sent[0]), 4290);
    conversation.close();
  });

  test('admits its caller anew for every request', async () => {
    const { say, sent } = talk('revoked');
    await say(modern(1, 'tools/call', call('echo')));
    await say(initialize());
    assert.deepEqual(
      sent.map(({ error }) => (error as JsonObject)['code']),
      [4010, 4010],
    );
  });

  test('that is lost cancels everything and says nothing', async () => {
    const { say, sent, handle, conversation } = talk();
    await say(initialize());
    await say(legacy(1, 'tools/call', call('hang')));
    await say(modern(2, 'tools/call', call('hang')));
    await say(modern(3, 'subscriptions/listen', { notifications: {} }));
    const before = sent.length;
    conversation.close();
    await say(modern(4, 'tools/call', call('echo')));
    assert.equal(sent.length, before);
    assert.equal(conversation.running, 0);
    const reasons = handle.received.slice(1, 4).map(({ io }) => io.cancellation.reason);
    assert.deepEqual(reasons, ['client_gone', 'client_gone', 'client_gone']);
  });

  test('that is retired takes nothing new; what is cut then hears why', async () => {
    const { say, sent, conversation } = talk('good', 'ses_managed');
    await say(initialize());
    await say(legacy(1, 'tools/call', call('hang')));
    await say(modern(2, 'tools/call', call('hang')));
    conversation.retire();
    await say(modern(3, 'tools/call', call('echo')));
    assert.equal(conversation.running, 2);
    conversation.cutAll();
    await turn();
    const codes = sent.slice(1).map(({ id, error }) => [id, (error as JsonObject)['code']]);
    assert.deepEqual(
      codes.toSorted(([a], [b]) => Number(a) - Number(b)),
      [
        [1, 5031],
        [2, 5031],
        [3, 5031],
      ],
    );
  });

  test('of a managed session names it in every exchange', async () => {
    const { say, handle } = talk('good', 'ses_managed');
    await say(modern(1, 'tools/call', call('echo')));
    await say(initialize());
    assert.deepEqual(
      handle.received.map(({ sessionId }) => sessionId),
      ['ses_managed', 'ses_managed'],
    );
  });
});
