import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EgressRequest, EgressResponse } from '../../kernel/egress.ts';
import { limits } from '../../kernel/limits.ts';
import { createProviderKeySets } from './provider-keys.ts';

/** How often the first issuer was asked for its keys, after so many others were. */
async function readsOfFirst(others: number): Promise<number> {
  let reads = 0;
  const request = ({ url }: EgressRequest): Promise<EgressResponse> => {
    const { origin, pathname } = new URL(url);
    const isKeys = pathname === '/keys';
    if (isKeys && origin === 'https://i0.example') reads += 1;
    const body = isKeys ? { keys: [{ kid: 'k' }] } : { issuer: origin, jwks_uri: `${origin}/keys` };
    const bytes = () => Promise.resolve(Buffer.from(JSON.stringify(body)));
    return Promise.resolve({ status: 200, headers: {}, bytes } as unknown as EgressResponse);
  };
  const keysOf = createProviderKeySets({ egress: { request }, now: () => 0 });
  for (let number = 0; number <= others; number++) {
    assert.equal((await keysOf(`https://i${number}.example`, 'k')).keys.length, 1);
  }
  await keysOf('https://i0.example', 'k');
  return reads;
}

test('keys are remembered of so many providers and no more', async () => {
  assert.equal(await readsOfFirst(limits.ssoProvidersCachedMax - 1), 1);
  assert.equal(await readsOfFirst(limits.ssoProvidersCachedMax), 2);
});
