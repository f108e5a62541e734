import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { McpNotification } from '../../mcp/message.ts';
import type { Upstream } from '../../upstream/contract.ts';
import {
  openFixture,
  testIo,
  toolCall,
  toolText,
  type TestContext,
} from '../../../test/support/mcp-stdio/harness.ts';

const elicitation = { elicitation: { form: {} } };

describe('a modern server on stdio', () => {
  let context: TestContext;
  let upstream: Upstream;
  before(async () => {
    ({ context, upstream } = await openFixture('modern-server.ts'));
  });
  after(() => upstream[Symbol.asyncDispose]());

  it('is discovered', async () => {
    const found = await upstream.discover(new AbortController().signal);
    assert.equal(found.era, 'modern');
    assert.equal(found.protocolVersion, '2026-07-28');
    assert.deepEqual(found.serverInfo, { name: 'modern-fixture', version: '1' });
    assert.equal(found.instructions, 'Modern.');
  });

  it('gets the envelope, and what the client put into _meta', async () => {
    const request = toolCall('meta', {}, elicitation, { _meta: { traceparent: '00-a-b-01' } });
    const wants = { ...request, wantsProgress: true, logLevel: 'info' };
    const seen = JSON.parse(toolText(await upstream.request(wants, testIo()))) as Record<
      string,
      unknown
    >;
    assert.equal(seen['io.modelcontextprotocol/protocolVersion'], '2026-07-28');
    assert.deepEqual(seen['io.modelcontextprotocol/clientCapabilities'], elicitation);
    assert.equal(seen['io.modelcontextprotocol/logLevel'], 'info');
    assert.equal(seen['traceparent'], '00-a-b-01');
    assert.equal(typeof seen['progressToken'], 'number');
  });

  it('asks for input and takes it', async () => {
    const asked = await upstream.request(toolCall('ask', {}, elicitation), testIo());
    assert.deepEqual(asked, {
      resultType: 'input_required',
      inputRequests: { who: { method: 'elicitation/create', params: { message: 'Who?' } } },
      requestState: 'state-1',
      meta: { vendor: 1 },
    });
    const more = { inputResponses: { who: { action: 'decline' } }, requestState: 'state-1' };
    const done = await upstream.request(toolCall('ask', {}, elicitation, more), testIo());
    assert.equal(toolText(done), '[{"who":{"action":"decline"}},"state-1"]');
  });

  it('fails on a result type nobody agreed on', async () => {
    await assert.rejects(upstream.request(toolCall('odd'), testIo()), { code: 'upstream_failed' });
  });

  it('hands progress and log messages on', async () => {
    const seen: McpNotification[] = [];
    await upstream.request({ ...toolCall('progress'), wantsProgress: true }, testIo(seen));
    assert.deepEqual(seen.slice(), [{ method: 'notifications/progress', params: { progress: 1 } }]);
    await upstream.request({ ...toolCall('log'), logLevel: 'error' }, testIo(seen));
    assert.equal(seen.length, 2);
    assert.equal(seen[1]?.params['level'], 'error');
  });

  it('is told of a cancelled exchange', async () => {
    const io = testIo();
    const running = upstream.request(toolCall('never'), io);
    setTimeout(() => io.cancellation.cancel('deadline'), 20);
    await assert.rejects(running, { code: 'upstream_timeout' });
    const told = toolText(await upstream.request(toolCall('cancelled'), testIo()));
    assert.match(told, /\[\d+\]/);
  });

  it('streams changes until it ends the stream itself', async () => {
    const seen: McpNotification[] = [];
    const filter = { toolsListChanged: true, resourceSubscriptions: ['test://a'] };
    const listening = (async () => {
      for await (const one of upstream.listen(filter, toolCall('x').caller, testIo()))
        seen.push(one);
    })();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await upstream.request(toolCall('change'), testIo());
    await new Promise((resolve) => setTimeout(resolve, 30));
    await upstream.request(toolCall('end'), testIo());
    await listening;
    assert.deepEqual(seen, [
      { method: 'notifications/tools/list_changed', params: {} },
      { method: 'notifications/resources/updated', params: { uri: 'test://a' } },
    ]);
  });

  it('fails pending calls when it dies, and is started again', async () => {
    const pending = upstream.request(toolCall('never'), testIo());
    await assert.rejects(upstream.request(toolCall('crash'), testIo()), {
      code: 'upstream_failed',
    });
    await assert.rejects(pending, { code: 'upstream_failed' });
    assert.ok(context.changes.some((change) => change.kind === 'lost'));
    const again = await upstream.request(toolCall('cancelled'), testIo());
    assert.equal(toolText(again), '[]');
  });
});

describe('a modern server that announces changes', () => {
  it('is listened to from its discovery on', async () => {
    const { context, upstream } = await openFixture('modern-server.ts', ['--announce']);
    try {
      await upstream.discover(new AbortController().signal);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await upstream.request(toolCall('change'), testIo());
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.deepEqual(context.changes[0], { kind: 'lists', lists: ['tools'] });
    } finally {
      await upstream[Symbol.asyncDispose]();
    }
  });
});
