import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EgressRequest, EgressResponse } from '../../../kernel/egress.ts';
import { GatewayError, type ErrorCode } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { postToVendor } from './post-to-vendor.ts';

const post = { url: 'https://vendor.example/', headers: {}, body: '{}' };

async function ask(status: number, headers: Readonly<Record<string, string>> = {}) {
  const bounds: (number | undefined)[] = [];
  const request = ({ headersTimeoutMs }: EgressRequest) => {
    bounds.push(headersTimeoutMs);
    const bytes = (bytesMax?: number) => {
      bounds.push(bytesMax);
      return Promise.resolve(Buffer.from('said'));
    };
    return Promise.resolve({ status, headers, bytes } as unknown as EgressResponse);
  };
  return { answer: await postToVendor({ request }, post), bounds };
}

test('a request to a vendor is bounded in time, and its answer in size', async () => {
  const { answer, bounds } = await ask(204);
  assert.deepEqual(bounds, [limits.exportSendMs, limits.exportAnswerBytesMax]);
  assert.equal(answer.isTaken, true);
});

test('a fault of what was sent is told apart from what may be better later', async () => {
  for (const status of [400, 413, 422]) assert.equal((await ask(status)).answer.isTaken, false);
  for (const [status, isCertain] of [
    [301, true],
    [401, true],
    [404, true],
    [429, true],
    [500, false],
    [503, false],
  ] as const) {
    await assert.rejects(ask(status, { 'retry-after': '9' }), { isCertain, retryAfterMs: 9_000 });
  }
  for (const [code, isCertain] of [
    ['upstream_unavailable', true],
    ['egress_denied', true],
    ['upstream_timeout', false],
    ['upstream_failed', false],
  ] as const satisfies readonly (readonly [ErrorCode, boolean])[]) {
    const request = () => Promise.reject(new GatewayError(code));
    await assert.rejects(postToVendor({ request }, post), { isCertain });
  }
});
