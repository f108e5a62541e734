import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { McpNotification } from '../../mcp/message.ts';
import type { Upstream } from '../../upstream/contract.ts';
import {
  openFixture,
  rejectsWith,
  testIo,
  toolCall,
  toolText,
  type TestContext,
} from '../../../test/support/mcp-stdio/harness.ts';
import { callerOf } from '../../upstream/upstream.ts';

const everything = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

describe('a legacy server on stdio', () => {
  let context: TestContext;
  let upstream: Upstream;
  before(async () => {
    ({ context, upstream } = await openFixture('legacy-server.ts'));
  });
  after(() => upstream[Symbol.asyncDispose]());

  it('is discovered in the modern shape', async () => {
    const found = await upstream.discover(new AbortController().signal);
    assert.equal(found.era, 'legacy');
    assert.equal(found.protocolVersion, '2025-06-18');
    assert.equal(found.instructions, 'Be kind.');
    assert.equal(found.listsVaryByCapabilities, true);
    assert.deepEqual(Object.keys(found.capabilities).toSorted(), ['logging', 'resources', 'tools']);
  });

  it('answers with the bytes of its result', async () => {
    const outcome = await upstream.request(toolCall('echo', { ü: '→', n: 1 }), testIo());
    assert.equal(toolText(outcome), '{"ü":"→","n":1}');
    assert.equal(outcome.resultType, 'complete');
  });

  it('starts one child for a hundred calls at once', async () => {
    const calls = Array.from({ length: 100 }, () => upstream.request(toolCall('pid'), testIo()));
    const pids = new Set((await Promise.all(calls)).map((outcome) => toolText(outcome)));
    assert.equal(pids.size, 1);
  });

  it('parks a call until the client brings its input', async () => {
    const asked = await upstream.request(toolCall('ask', {}, everything), testIo());
    assert.equal(asked.resultType, 'input_required');
    const [key] = Object.keys(asked.inputRequests ?? {});
    const question = asked.inputRequests?.[key as string] as { method: string };
    assert.equal(question.method, 'elicitation/create');
    const retry = toolCall('ask', {}, everything, {
      requestState: asked.requestState as string,
      inputResponses: { [key as string]: { action: 'accept', content: { name: 'Ada' } } },
    });
    const done = await upstream.request(retry, testIo());
    assert.equal(toolText(done), '{"action":"accept","content":{"name":"Ada"}}');
  });

  it('asks again for what a retry left out, and goes through several rounds', async () => {
    let asked = await upstream.request(toolCall('askTwice', {}, everything), testIo());
    for (const name of ['Ada', undefined, 'Grace']) {
      assert.equal(asked.resultType, 'input_required');
      const key = Object.keys(asked.inputRequests ?? {})[0] as string;
      const response = { action: 'accept', content: { name: name ?? '' } };
      const inputResponses = name === undefined ? {} : { [key]: response };
      const requestState = asked.requestState as string;
      const retry = toolCall('askTwice', {}, everything, { requestState, inputResponses });
      asked = await upstream.request(retry, testIo());
    }
    assert.match(toolText(asked), /Ada.*Grace/);
  });

  it('gathers questions that come together', async () => {
    const asked = await upstream.request(toolCall('askBoth', {}, everything), testIo());
    assert.equal(asked.resultType, 'input_required');
    const methods = Object.values(asked.inputRequests ?? {}).map((one) => one['method']);
    assert.deepEqual(methods, ['elicitation/create', 'roots/list']);
    const keys = Object.keys(asked.inputRequests ?? {});
    const inputResponses = {
      [keys[0] as string]: { action: 'decline' },
      [keys[1] as string]: { roots: [] },
    };
    const requestState = asked.requestState as string;
    const retry = toolCall('askBoth', {}, everything, { requestState, inputResponses });
    assert.equal(
      toolText(await upstream.request(retry, testIo())),
      '[{"action":"decline"},{"roots":[]}]',
    );
  });

  it('gives a parked call only to its caller, its arguments and once', async () => {
    const asked = await upstream.request(toolCall('ask', {}, everything), testIo());
    assert.equal(asked.resultType, 'input_required');
    const requestState = asked.requestState as string;
    const inputResponses = Object.fromEntries(
      Object.keys(asked.inputRequests ?? {}).map((key) => [key, { action: 'cancel' }]),
    );
    const good = toolCall('ask', {}, everything, { requestState, inputResponses });
    const foreign = { ...good, caller: callerOf('t', 'other') };
    const otherArguments = toolCall('ask', { a: 1 }, everything, { requestState, inputResponses });
    const otherTool = toolCall('echo', {}, everything, { requestState, inputResponses });
    const unknown = toolCall('ask', {}, everything, { requestState: 'x', inputResponses });
    for (const wrong of [foreign, otherArguments, otherTool, unknown]) {
      await rejectsWith(upstream.request(wrong, testIo()), -32602);
    }
    assert.equal(toolText(await upstream.request(good, testIo())), '{"action":"cancel"}');
    await rejectsWith(upstream.request(good, testIo()), -32602);
  });

  it('lets others work while a call of the same profile waits for input', async () => {
    const asked = await upstream.request(toolCall('ask', {}, everything), testIo());
    assert.equal(asked.resultType, 'input_required');
    const other = await upstream.request(toolCall('echo', { a: 1 }, everything), testIo());
    assert.equal(toolText(other), '{"a":1}');
    const inputResponses = Object.fromEntries(
      Object.keys(asked.inputRequests ?? {}).map((key) => [key, { action: 'cancel' }]),
    );
    const requestState = asked.requestState as string;
    await upstream.request(
      toolCall('ask', {}, everything, { requestState, inputResponses }),
      testIo(),
    );
  });

  it('declares what the client declared, and refuses questions it cannot pass on', async () => {
    const outcome = await upstream.request(toolCall('client', {}, { roots: {} }), testIo());
    const said = JSON.parse(toolText(outcome)) as { capabilities: object; protocolVersion: string };
    assert.deepEqual(said.capabilities, { roots: {} });
    assert.equal(said.protocolVersion, '2025-11-25');
    const asked = await upstream.request(toolCall('ask', {}, { roots: {} }), testIo());
    assert.equal(toolText(asked), '{"action":"cancel"}');
  });

  it('hands progress on without its token', async () => {
    const seen: McpNotification[] = [];
    const request = { ...toolCall('progress'), wantsProgress: true };
    assert.equal(toolText(await upstream.request(request, testIo(seen))), 'number');
    assert.deepEqual(seen, [
      { method: 'notifications/progress', params: { progress: 1 } },
      { method: 'notifications/progress', params: { progress: 2 } },
    ]);
    const unasked: McpNotification[] = [];
    const plain = await upstream.request(toolCall('progress'), testIo(unasked));
    assert.equal(toolText(plain), 'undefined');
    assert.deepEqual(unasked, []);
  });

  it('shows log messages from the level that was asked for', async () => {
    const seen: McpNotification[] = [];
    await upstream.request({ ...toolCall('log'), logLevel: 'warning' }, testIo(seen));
    assert.deepEqual(
      seen.map((one) => one.params['level']),
      ['warning'],
    );
    await upstream.request({ ...toolCall('log'), logLevel: 'debug' }, testIo(seen));
    assert.deepEqual(
      seen.map((one) => one.params['level']),
      ['warning', 'debug', 'warning'],
    );
    assert.equal(toolText(await upstream.request(toolCall('level'), testIo())), 'debug');
    await upstream.request(toolCall('log'), testIo(seen));
    assert.equal(seen.length, 3);
  });

  it('cancels at the server when the exchange is cancelled', async () => {
    const io = testIo();
    const running = upstream.request(toolCall('never'), io);
    setTimeout(() => io.cancellation.cancel('client_gone'), 20);
    await assert.rejects(running, /cancelled/);
    const told = await upstream.request(toolCall('cancelled'), testIo());
    assert.match(toolText(told), /\[\d+\]/);
  });

  it('translates errors of older revisions', async () => {
    const request = { ...toolCall('x'), method: 'resources/read', params: { uri: 'test://none' } };
    await rejectsWith(upstream.request(request, testIo()), -32602);
    const visit = await upstream.request(toolCall('visit', {}, everything), testIo());
    assert.equal(visit.resultType, 'input_required');
    assert.equal(visit.requestState, undefined);
    const [key] = Object.keys(visit.inputRequests ?? {});
    const accepted = { inputResponses: { [key as string]: { action: 'accept' } } };
    const declined = { inputResponses: { [key as string]: { action: 'decline' } } };
    const refused = await upstream.request(toolCall('visit', {}, everything, declined), testIo());
    assert.match(toolText(refused), /did not open/);
    const done = await upstream.request(toolCall('visit', {}, everything, accepted), testIo());
    assert.equal(toolText(done), 'visited');
  });

  it('streams the changes that are listened to', async () => {
    const io = testIo();
    const filter = { toolsListChanged: true, resourceSubscriptions: ['test://watched'] };
    const seen: McpNotification[] = [];
    const listening = (async () => {
      for await (const one of upstream.listen(filter, toolCall('x').caller, io)) {
        seen.push(one);
        if (seen.length === 2) io.cancellation.cancel('client_gone');
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await upstream.request(toolCall('change'), testIo());
    await listening;
    assert.deepEqual(
      seen.map((one) => one.params['uri']),
      [undefined, 'test://watched'],
    );
    assert.ok(context.changes.some((change) => change.kind === 'lists'));
    assert.ok(context.changes.some((change) => change.kind === 'resource'));
  });

  it('fails pending calls at once when the child dies, and starts another', async () => {
    const pending = upstream.request(toolCall('never'), testIo());
    const crash = upstream.request(toolCall('crash'), testIo());
    await assert.rejects(crash, { code: 'upstream_failed' });
    await assert.rejects(pending, { code: 'upstream_failed' });
    assert.ok(context.changes.some((change) => change.kind === 'lost'));
    assert.equal(toolText(await upstream.request(toolCall('echo', { a: 1 }), testIo())), '{"a":1}');
    await assert.rejects(upstream.request(toolCall('crash'), testIo()), {
      code: 'upstream_failed',
    });
    await assert.rejects(upstream.request(toolCall('echo'), testIo()), {
      code: 'upstream_unavailable',
    });
  });

  it('never sends what only modern servers know', async () => {
    const request = { ...toolCall('x'), method: 'server/discover' };
    await assert.rejects(upstream.request(request, testIo()), { code: 'method_not_found' });
  });
});

describe('the era of a stdio server', () => {
  const cases = [
    ['--die-on-discover', 'that started in time', 10_000],
    ['--die-on-discover', 'that started slower than the probe waits', 1],
    ['--ignore-discover', 'for longer than the probe waits', 300],
  ] as const;
  for (const [flag, when, patienceMs] of cases) {
    it(`is found to be legacy with ${flag}, ${when}`, async () => {
      const { upstream } = await openFixture('legacy-server.ts', [flag], {}, patienceMs);
      try {
        const found = await upstream.discover(new AbortController().signal);
        assert.equal(found.era, 'legacy');
        assert.equal(toolText(await upstream.request(toolCall('echo'), testIo())), '{}');
      } finally {
        await upstream[Symbol.asyncDispose]();
      }
    });
  }

  it('is modern when a modern server starts slower than the probe waits', async () => {
    const { upstream } = await openFixture('modern-server.ts', ['--slow-start'], {}, 50);
    try {
      const found = await upstream.discover(new AbortController().signal);
      assert.equal(found.era, 'modern');
    } finally {
      await upstream[Symbol.asyncDispose]();
    }
  });

  it('is asked for again when a server taken for legacy refuses sessions', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stdio-era-'));
    const args = ['--die-on-first', join(folder, 'died')];
    const { upstream } = await openFixture('modern-server.ts', args);
    try {
      await assert.rejects(upstream.request(toolCall('cancelled'), testIo()), {
        name: 'SessionRefused',
      });
      assert.equal(toolText(await upstream.request(toolCall('cancelled'), testIo())), '[]');
    } finally {
      await upstream[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    }
  });
});
