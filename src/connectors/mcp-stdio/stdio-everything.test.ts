import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import type { McpNotification } from '../../mcp/message.ts';
import type { Upstream } from '../../upstream/contract.ts';
import { openFixture, testIo, toolCall } from '../../../test/support/mcp-stdio/harness.ts';

const manifest = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/package.json',
);
const script = join(dirname(manifest), 'dist', 'index.js');
const client = { elicitation: { form: {}, url: {} }, sampling: {} };

const answers: Readonly<Record<string, JsonObject>> = {
  'elicitation/create': { action: 'accept', content: { name: 'Ada' } },
  'sampling/createMessage': {
    role: 'assistant',
    model: 'm',
    content: { type: 'text', text: 'sampled!' },
  },
};

describe('the reference server on stdio', { timeout: 60_000 }, () => {
  let upstream: Upstream;
  before(async () => {
    ({ upstream } = await openFixture(script, ['stdio']));
  });
  after(() => upstream[Symbol.asyncDispose]());

  /** Calls a tool and answers whatever it asks, as a client would. */
  async function complete(name: string, args: JsonObject): Promise<string> {
    let outcome = await upstream.request(toolCall(name, args, client), testIo());
    for (let round = 0; outcome.resultType === 'input_required' && round < 5; round++) {
      const questions = Object.entries(outcome.inputRequests ?? {});
      const inputResponses = Object.fromEntries(
        questions.map(([key, { method }]) => [key, answers[method as string] as JsonObject]),
      );
      const { requestState } = outcome;
      const more = requestState === undefined ? {} : { requestState };
      const retry = toolCall(name, args, client, { inputResponses, ...more });
      outcome = await upstream.request(retry, testIo());
    }
    assert.equal(outcome.resultType, 'complete');
    return outcome.result.bytes.toString('utf8');
  }

  it('is discovered with everything it has', async () => {
    const found = await upstream.discover(new AbortController().signal);
    assert.equal(found.era, 'legacy');
    assert.equal(found.protocolVersion, '2025-11-25');
    assert.ok('completions' in found.capabilities && !('tasks' in found.capabilities));
  });

  it('lists more tools for clients that can do more', async () => {
    const list = { ...toolCall('x'), method: 'tools/list', params: {} };
    const names = async (capabilities: JsonObject): Promise<readonly string[]> => {
      const asked = { ...list, client: { ...list.client, capabilities } };
      const outcome = await upstream.request(asked, testIo());
      assert.equal(outcome.resultType, 'complete');
      const tools = outcome.result.value['tools'] as readonly { readonly name: string }[];
      return tools.map(({ name }) => name);
    };
    assert.ok(!(await names({})).includes('trigger-elicitation-request'));
    assert.ok((await names(client)).includes('trigger-elicitation-request'));
  });

  it('completes its elicitation tool through parking', async () => {
    assert.match(await complete('trigger-elicitation-request', {}), /Ada/);
  });

  it('completes its sampling tool through parking', async () => {
    const args = { prompt: 'hi', maxTokens: 10 };
    assert.match(await complete('trigger-sampling-request', args), /sampled!/);
  });

  it('completes its URL tool by question and by error', async () => {
    const url = 'https://example.com/x';
    const done = /User completed the URL elicitation flow/;
    assert.match(await complete('trigger-url-elicitation', { url }), done);
    assert.match(await complete('trigger-url-elicitation', { url, errorPath: true }), done);
  });

  it('reports progress', async () => {
    const seen: McpNotification[] = [];
    const call = toolCall('trigger-long-running-operation', { duration: 0.2, steps: 2 });
    await upstream.request({ ...call, wantsProgress: true }, testIo(seen));
    assert.deepEqual(
      seen.map((one) => one.params['progress']),
      [1, 2],
    );
  });
});
