import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSocket, type OpenedSocket } from '../../../test/support/mcp-websocket/open-socket.ts';
import { callModern, resultText, type McpAnswer } from '../../../test/support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../test/support/start-doors.ts';
import {
  initializeRequest,
  legacyRequest,
  modernRequest,
  talkSocket,
} from '../../../test/support/talk-socket.ts';
import { toolUpstream } from '../../../test/support/tool-upstream.ts';
import { until } from '../../../test/support/until.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';

const withId = (id: unknown) => (message: JsonObject) => message['id'] === id;
const ofMethod = (method: string) => (message: JsonObject) => message['method'] === method;
const call = (name: string, more: JsonObject = {}): JsonObject => ({ name, ...more });
const capabilities = { elicitation: { form: {} } };
const resultOf = ({ body }: McpAnswer): JsonObject => objectMember(body, 'result') ?? {};
const answer = { action: 'accept', content: { name: 'Ada' } };

for (const era of ['modern', 'legacy'] as const) {
  describe(`a gateway behind a gateway, over WebSocket, ${era}`, () => {
    const { upstream, ended, change } = toolUpstream();
    let inner: RunningDoors;
    let outer: RunningDoors;
    let opened: OpenedSocket;
    before(async () => {
      inner = await startDoors();
      await inner.add('one', upstream);
      outer = await startDoors();
      opened = await openSocket(`${inner.url.replace('http', 'ws')}/ws/one`, {
        config: { era, headers: { Authorization: 'Bearer ${KEY}' } },
        secrets: { KEY: testKeys.a },
      });
      await outer.add('far', opened.upstream);
    });
    after(async () => {
      await outer[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      await inner[Symbol.asyncDispose]();
    });

    it('serves modern clients', async () => {
      const listed = await callModern(`${outer.url}/mcp/far`, 'tools/list');
      const { tools } = resultOf(listed) as unknown as { tools: { name: string }[] };
      assert.ok(tools.some(({ name }) => name === 'ask'));
      const given = call('echo', { arguments: { a: 'ü' } });
      const echoed = await callModern(`${outer.url}/mcp`, 'tools/call', {
        ...given,
        name: 'far__echo',
      });
      assert.equal(resultText(echoed), '{"a":"ü"}');
      assert.equal(inner.usage.at(-1)?.clientEra, era);
    });

    it('asks the user of a modern client, and takes the answer', async () => {
      const url = `${outer.url}/mcp/far`;
      const asked = await callModern(url, 'tools/call', call('ask'), capabilities);
      const { inputRequests, requestState } = resultOf(asked);
      const key = Object.keys(inputRequests as JsonObject)[0] as string;
      const retry = call('ask', {
        inputResponses: { [key]: answer },
        ...(requestState === undefined ? {} : { requestState }),
      });
      const done = await callModern(url, 'tools/call', retry, capabilities);
      assert.deepEqual(JSON.parse(resultText(done)), { who: answer });
    });

    it('asks the user of a legacy client, and takes the answer', async () => {
      const talk = await talkSocket(outer.url, '/ws/far');
      talk.say(initializeRequest);
      await talk.next(withId('init'));
      talk.say(legacyRequest(1, 'tools/call', call('ask')));
      const question = await talk.next(ofMethod('elicitation/create'));
      talk.say({ jsonrpc: '2.0', id: question['id'] as string, result: answer });
      const { content } = (await talk.next(withId(1)))['result'] as { content: { text: string }[] };
      assert.deepEqual(JSON.parse(content[0]?.text ?? ''), { who: answer });
      talk.socket.close();
    });

    it('asks two users of one key at once, each their own question', async () => {
      const talks = await Promise.all([1, 2].map(() => talkSocket(outer.url, '/ws/far')));
      const texts = await Promise.all(
        talks.map(async (talk, index) => {
          talk.say(initializeRequest);
          await talk.next(withId('init'));
          talk.say(legacyRequest(1, 'tools/call', call('ask')));
          const question = await talk.next(ofMethod('elicitation/create'));
          const result = { action: 'accept', content: { name: `user ${index}` } };
          talk.say({ jsonrpc: '2.0', id: question['id'] as string, result });
          return JSON.stringify((await talk.next(withId(1)))['result']);
        }),
      );
      for (const [index, text] of texts.entries()) assert.match(text, new RegExp(`user ${index}`));
      for (const { socket } of talks) socket.close();
    });

    it('carries progress and log messages', async () => {
      const talk = await talkSocket(outer.url, '/ws/far');
      const wants = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'info' };
      talk.say(modernRequest(1, 'tools/call', call('noisy'), wants));
      await talk.next(withId(1));
      const progress = talk.came.find(ofMethod('notifications/progress'));
      assert.deepEqual(progress?.['params'], { progress: 1, total: 2, progressToken: 'p' });
      // The far service declares no log, so a legacy session is never asked for its messages.
      const logs = talk.came.some(ofMethod('notifications/message'));
      assert.equal(logs, era === 'modern');
      talk.socket.close();
    });

    it('cancels a call all the way up', async () => {
      ended.length = 0;
      const talk = await talkSocket(outer.url, '/ws/far');
      const hanging = () => upstream.requests.filter(({ params }) => params['name'] === 'hang');
      const before = hanging().length;
      talk.say(modernRequest(1, 'tools/call', call('hang')));
      await until(() => hanging().length === before + 1);
      const params = { requestId: 1 };
      talk.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
      await until(() => ended.length === 1);
      assert.deepEqual(ended, ['cancelled']);
      talk.socket.close();
    });

    it('hears of changed lists and resources from far away', async () => {
      const talk = await talkSocket(outer.url, '/ws/far');
      const notifications = { toolsListChanged: true, resourceSubscriptions: ['test://r'] };
      talk.say(modernRequest('s', 'subscriptions/listen', { notifications }));
      await talk.next(ofMethod('notifications/subscriptions/acknowledged'));
      await until(() => upstream.listens.some(({ resourceSubscriptions: some }) => some?.length));
      upstream.announce('notifications/resources/updated', { uri: 'test://r' });
      await talk.next(ofMethod('notifications/resources/updated'));
      change();
      upstream.announce('notifications/tools/list_changed');
      await talk.next(ofMethod('notifications/tools/list_changed'));
      talk.socket.close();
    });
  });
}
