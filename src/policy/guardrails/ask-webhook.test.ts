import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { Egress, EgressRequest } from '../../kernel/egress.ts';
import { limits } from '../../kernel/limits.ts';
import { askWebhook } from './ask-webhook.ts';

const question = {
  id: 'gin_1',
  where: 'results',
  tenant: 'ten_1',
  service: 'one',
  tool: null,
  method: 'resources/read',
  content: { text: 'x' },
} as const;

async function ask(answer: unknown, timeoutMs?: number, secret?: string) {
  const sent: (EgressRequest & { readonly bytesMax?: number | undefined })[] = [];
  const egress = {
    request: (request: EgressRequest) =>
      Promise.resolve({
        status: 200,
        headers: {},
        discard: () => {},
        bytes: (bytesMax?: number) => {
          sent.push({ ...request, bytesMax });
          return Promise.resolve(Buffer.from(JSON.stringify(answer)));
        },
      }),
  } as unknown as Egress;
  const address = { url: 'https://example.com/', timeoutMs, secret };
  const verdict = await askWebhook(egress, address, question, () => 5_999);
  return { verdict, sent: sent[0] as (typeof sent)[0] };
}

test('a guardrail elsewhere is asked within bounds, and signed', async () => {
  const { verdict, sent } = await ask({ action: 'allow' }, undefined, 'secret');
  assert.deepEqual(verdict, { action: 'allow' });
  assert.equal(sent.headersTimeoutMs, limits.guardrailInspectMs);
  assert.equal(sent.bytesMax, limits.guardrailWebhookBytesMax);
  const digest = createHmac('sha256', 'secret').update(`gin_1.5.${String(sent.body)}`);
  assert.equal(sent.headers['webhook-signature'], `v1,${digest.digest('base64')}`);
  const unsigned = await ask({ action: 'allow' }, 10);
  assert.equal(unsigned.sent.headers['webhook-signature'], undefined);
  assert.equal(unsigned.sent.headersTimeoutMs, 10);
});

test('only what it clearly says counts', async () => {
  const content = { text: 'y' };
  assert.deepEqual((await ask({ action: 'replace', content })).verdict, {
    action: 'replace',
    content,
  });
  const long = await ask({ action: 'block', reason: 'x'.repeat(300) });
  assert.deepEqual(long.verdict, { action: 'block', reason: 'x'.repeat(200) });
  for (const answer of [{}, [], null, 'allow', { action: 'replace' }, { action: 'yes' }]) {
    await assert.rejects(ask(answer), /neither allow, block nor replace/);
  }
});
