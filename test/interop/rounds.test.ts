import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callApi } from '../../examples/quickstart/call-api.ts';
import {
  startLegacyHttpServer,
  type LegacyHttpServer,
} from '../support/mcp-http/legacy-http-server.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { openAnsweringClient } from './open-answering-client.ts';

const ROUNDS = 3;
const CALL_MS = 20_000;
const TOOL = 'askThrice';

interface UsedCall {
  readonly chargeKey: string;
  readonly outcome: string;
  readonly clientEra: string;
}

/** Three questions in one call are one piece of work, whichever side speaks which era. */
describe('a call of three rounds through a running gateway', { timeout: 60_000 }, () => {
  let gateway: RunningGateway;
  let modern: ModernHttpServer;
  let legacy: LegacyHttpServer;
  before(async () => {
    modern = await startModernHttpServer();
    legacy = await startLegacyHttpServer();
    gateway = await startGateway();
    for (const [slug, { url }] of Object.entries({ modern, legacy })) {
      await callApi(gateway, 'POST', '/register-service', { slug, url });
    }
  });
  after(async () => {
    await gateway?.stop();
    await modern?.[Symbol.asyncDispose]();
    await legacy?.[Symbol.asyncDispose]();
  });

  for (const { era, slug } of [
    { era: 'modern', slug: 'legacy' },
    { era: 'legacy', slug: 'modern' },
    { era: 'modern', slug: 'modern' },
    { era: 'legacy', slug: 'legacy' },
  ] as const) {
    test(`has one charge key: a ${era} client of a ${slug} service`, async () => {
      const place = { endpoint: `${gateway.url}/mcp/${slug}`, apiKey: gateway.apiKey, era };
      const earlier = new Set((await usedCalls(gateway)).map(({ chargeKey }) => chargeKey));
      const { client, user } = await openAnsweringClient(place);
      user.answer = { action: 'accept', content: {} };
      try {
        const call = { name: TOOL, arguments: {} };
        const { content } = await client.callTool(call, { timeout: CALL_MS });
        assert.deepEqual(content, [{ type: 'text', text: 'asked' }]);
      } finally {
        await client.close();
      }
      assert.equal(user.asked.length, ROUNDS);

      const calls = (await usedCalls(gateway)).filter((one) => !earlier.has(one.chargeKey));
      assert.equal(new Set(calls.map(({ chargeKey }) => chargeKey)).size, 1);
      assert.deepEqual(
        calls.map(({ outcome }) => outcome),
        [...Array.from({ length: ROUNDS }, () => 'input_required'), 'ok'],
      );
      assert.ok(calls.every(({ clientEra }) => clientEra === era));
    });
  }
});

async function usedCalls(gateway: RunningGateway): Promise<readonly UsedCall[]> {
  const { records } = await callApi(gateway, 'GET', '/api/v1/usage?limit=500&order=oldest');
  const calls = records as readonly (UsedCall & { readonly tool: string | null })[];
  return calls.filter(({ tool }) => tool === TOOL);
}
