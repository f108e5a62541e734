import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import type { UpstreamCaller, UpstreamRequest } from '../../upstream/contract.ts';
import { callerOf } from '../../upstream/upstream.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import {
  openFixture,
  testIo,
  toolCall,
  toolText,
} from '../../../test/support/mcp-stdio/harness.ts';
import { stdioHost } from './stdio-host.ts';

const asking = { elicitation: { form: {} } };
const ada = callerOf('t', 'ada');
const bob = callerOf('t', 'bob');

function by(caller: UpstreamCaller, call: UpstreamRequest): UpstreamRequest {
  return { ...call, caller };
}

const remember = (word: string, capabilities: JsonObject = {}): UpstreamRequest =>
  toolCall('remember', { word }, capabilities);

describe('what a legacy server on stdio keeps in its memory', () => {
  it('is met by its caller alone unless the service says otherwise', async () => {
    const { upstream } = await openFixture('legacy-server.ts');
    await using _closing = upstream;
    await upstream.discover(new AbortController().signal);
    const say = async (who: UpstreamCaller, word: string): Promise<string> =>
      toolText(await upstream.request(by(who, remember(word)), testIo()));
    assert.equal(await say(ada, 'a1'), '["a1"]');
    assert.equal(await say(bob, 'b1'), '["b1"]');
    assert.equal(await say(ada, 'a2'), '["a1","a2"]');
    assert.equal(await say({ ...ada, sessionId: 's' }, 'a3'), '["a1","a2","a3"]');
    const namesake = callerOf('other tenant', 'ada');
    assert.equal(await say(namesake, 'n1'), '["n1"]');
  });

  it('is met by everybody where it is shared', async () => {
    const { upstream } = await openFixture('legacy-server.ts', [], { isolation: 'shared' });
    await using _closing = upstream;
    await upstream.request(by(ada, remember('a')), testIo());
    assert.equal(toolText(await upstream.request(by(bob, remember('b')), testIo())), '["a","b"]');
  });

  it('is met by one session alone where each has its own', async () => {
    const { upstream } = await openFixture('legacy-server.ts', [], { isolation: 'session' });
    await using _closing = upstream;
    const say = async (sessionId: string | null, word: string): Promise<string> =>
      toolText(await upstream.request(by({ ...ada, sessionId }, remember(word)), testIo()));
    assert.equal(await say('one', '1'), '["1"]');
    assert.equal(await say('two', '2'), '["2"]');
    assert.equal(await say('one', '3'), '["1","3"]');
    assert.equal(await say(null, '4'), '["4"]');
  });

  it('ends with a child that nobody used for long', async () => {
    const { upstream } = await openFixture('legacy-server.ts', [], { idleMs: 50 });
    await using _closing = upstream;
    const pid = Number(toolText(await upstream.request(by(ada, toolCall('pid')), testIo())));
    const isAlive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    assert.ok(isAlive());
    while (isAlive()) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(toolText(await upstream.request(by(ada, remember('x')), testIo())), '["x"]');
  });
});

describe('callers whose clients can be asked', () => {
  it('do not wait for each other, whoever hangs', async () => {
    const { upstream } = await openFixture('legacy-server.ts');
    await using _closing = upstream;
    const hung = testIo();
    const hanging = upstream.request(by(ada, toolCall('never', {}, asking)), hung);
    const ended: string[] = [];
    const calls = ['ada', 'bob', 'cyd', 'dan'].map(async (name) => {
      const call = toolCall('echo', { name }, asking);
      await upstream.request(by(callerOf('t', name), call), testIo());
      ended.push(name);
    });
    await Promise.all(calls);
    assert.deepEqual(ended.toSorted(), ['ada', 'bob', 'cyd', 'dan']);
    hung.cancellation.cancel('client_gone');
    await assert.rejects(hanging, { code: 'cancelled' });
  });

  it('lose their oldest open question when they leave too many, and nobody else does', async () => {
    const { upstream } = await openFixture('legacy-server.ts');
    await using _closing = upstream;
    const ask = (who: UpstreamCaller, n: number) =>
      upstream.request(by(who, toolCall('ask', { n }, asking)), testIo());
    const theirs = await ask(bob, 0);
    const own: McpOutcome[] = [];
    for (let n = 0; n <= limits.childrenPerCallerMax; n++) own.push(await ask(ada, n));
    assert.ok(own.every(({ resultType }) => resultType === 'input_required'));
    assert.equal(toolText(await upstream.request(by(bob, toolCall('echo')), testIo())), '{}');
    const retry = (who: UpstreamCaller, n: number, asked = own[n]) => {
      assert.equal(asked?.resultType, 'input_required');
      const keys = Object.keys(asked.inputRequests ?? {});
      const inputResponses = Object.fromEntries(keys.map((key) => [key, { action: 'decline' }]));
      const more = { inputResponses, requestState: asked.requestState as string };
      return upstream.request(by(who, toolCall('ask', { n }, asking, more)), testIo());
    };
    await assert.rejects(retry(ada, 0), /given up/);
    assert.equal(toolText(await retry(ada, 1)), '{"action":"decline"}');
    assert.equal(toolText(await retry(bob, 0, theirs)), '{"action":"decline"}');
  });
});

describe('the children of a machine', () => {
  it('are so many and not one more', () => {
    const host = stdioHost({}, '/');
    const leave = Array.from({ length: limits.childrenMax }, () => host.enter());
    assert.throws(() => host.enter(), { code: 'too_many', message: /256 children/ });
    leave[0]?.();
    leave[0]?.();
    host.enter();
    assert.throws(() => host.enter(), { code: 'too_many' });
  });
});
