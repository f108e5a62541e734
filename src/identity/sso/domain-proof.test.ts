import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tenantId } from '../../kernel/principal.ts';
import { createTokenHash } from '../token-hash.ts';
import { createDomainProof } from './domain-proof.ts';

const [old, fresh] = [1, 2].map((byte) => ({ id: `k${byte}`, secret: Buffer.alloc(32, byte) }));
const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];

function proofOf(ring: readonly (typeof old)[], records: readonly string[]) {
  const keys = ring.flatMap((key) => key ?? []);
  return createDomainProof({ hash: createTokenHash(keys), lookup: async () => records });
}

test('a record proves one domain of one tenant, whatever else stands beside it', async () => {
  const record = proofOf([old], []).recordOf(A, 'acme.example');
  assert.match(record, /^mcp-gateway-verification=[0-9a-zA-Z_-]{43,64}$/);
  const { isProven } = proofOf([old], ['v=spf1 -all', ` ${record} `]);
  assert.equal(await isProven(A, 'acme.example'), true);
  assert.equal(await isProven(A, 'sub.acme.example'), false);
  assert.equal(await isProven(B, 'acme.example'), false);
  for (const wrong of [record.slice(0, -1), `${record}0`, record.toUpperCase(), '', 'x']) {
    assert.equal(await proofOf([old], [wrong]).isProven(A, 'acme.example'), false, wrong);
  }
});

test('a record that was put up before the keys were rotated is as good', async () => {
  const record = proofOf([old], []).recordOf(A, 'acme.example');
  assert.notEqual(proofOf([fresh, old], []).recordOf(A, 'acme.example'), record);
  assert.equal(await proofOf([fresh, old], [record]).isProven(A, 'acme.example'), true);
  assert.equal(await proofOf([fresh], [record]).isProven(A, 'acme.example'), false);
});
