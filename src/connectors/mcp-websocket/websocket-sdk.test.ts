import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testIo, toolCall, toolText } from '../../../test/support/mcp-stdio/harness.ts';
import { openSocket, type OpenedSocket } from '../../../test/support/mcp-websocket/open-socket.ts';
import {
  startSdkServer,
  type SdkSocketServer,
} from '../../../test/support/mcp-websocket/sdk-server.ts';
import { until } from '../../../test/support/until.ts';
import type { McpNotification } from '../../mcp/message.ts';

const client = { elicitation: { form: {} } };

for (const era of ['modern', 'legacy', 'auto'] as const) {
  describe(`a library's server over WebSocket, spoken to as ${era}`, () => {
    let server: SdkSocketServer;
    let opened: OpenedSocket;
    before(async () => {
      server = await startSdkServer();
      opened = await openSocket(server.url, { config: { era } });
    });
    after(async () => {
      await opened[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    it('is discovered, and lists and runs its tools', async () => {
      const { upstream } = opened;
      const found = await upstream.discover(new AbortController().signal);
      assert.equal(found.era, era === 'auto' ? 'modern' : era);
      assert.equal(found.serverInfo['name'], 'sdk-socket');
      const list = { ...toolCall('x'), method: 'tools/list', params: {} };
      const outcome = await upstream.request(list, testIo());
      assert.equal(outcome.resultType, 'complete');
      const names = (outcome.result.value['tools'] as { name: string }[]).map(({ name }) => name);
      assert.deepEqual(names, ['echo', 'ask', 'progress', 'hang']);
      assert.equal(toolText(await upstream.request(toolCall('echo', { a: 'ü' }), testIo())), 'ü');
    });

    it('asks its user', async () => {
      const { upstream } = opened;
      const asked = await upstream.request(toolCall('ask', {}, client), testIo());
      assert.equal(asked.resultType, 'input_required');
      const [key = '', question] = Object.entries(asked.inputRequests ?? {})[0] ?? [];
      assert.equal(question?.['method'], 'elicitation/create');
      const inputResponses = { [key]: { action: 'accept', content: { name: 'Ada' } } };
      const state = asked.requestState === undefined ? {} : { requestState: asked.requestState };
      const retry = toolCall('ask', {}, client, { inputResponses, ...state });
      assert.equal(toolText(await upstream.request(retry, testIo())), 'Ada');
    });

    it('reports progress, and is told of a cancelled call', async () => {
      const { upstream } = opened;
      const seen: McpNotification[] = [];
      await upstream.request({ ...toolCall('progress'), wantsProgress: true }, testIo(seen));
      const params = { progress: 1, total: 2 };
      assert.deepEqual(seen, [{ method: 'notifications/progress', params }]);
      const io = testIo();
      const running = upstream.request(toolCall('hang'), io);
      setTimeout(() => io.cancellation.cancel('client_gone'), 20);
      await assert.rejects(running, { code: 'cancelled' });
      await until(() => server.aborted.length === 1);
    });

    it('announces changes of its lists', async () => {
      const io = testIo();
      const heard: string[] = [];
      const filter = { toolsListChanged: true };
      const listening = (async () => {
        for await (const one of opened.upstream.listen(filter, toolCall('x').caller, io)) {
          heard.push(one.method);
        }
      })();
      // The stream may not be open yet when the first ones are added.
      for (let count = 0; heard.length === 0 && count < 100; count++) {
        server.addTool(`late-${count}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal(heard[0], 'notifications/tools/list_changed');
      io.cancellation.cancel('client_gone');
      await listening;
      await until(() => opened.changes.some(({ kind }) => kind === 'lists'));
    });
  });
}

describe("a library's server over WebSocket that serves one era only", () => {
  it('is found to be modern', async () => {
    await using server = await startSdkServer('reject');
    await using opened = await openSocket(server.url);
    const found = await opened.upstream.discover(new AbortController().signal);
    assert.equal(found.era, 'modern');
    assert.equal(
      toolText(await opened.upstream.request(toolCall('echo', { a: 'x' }), testIo())),
      'x',
    );
  });
});
