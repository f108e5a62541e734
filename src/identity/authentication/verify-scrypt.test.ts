import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { test } from 'node:test';
import { verifyScrypt } from './verify-scrypt.ts';

/** A hash as earlier gateways wrote it. */
function scryptHash(password: string, N: number, r: number, p: number): string {
  const salt = Buffer.alloc(16, 1);
  const hash = scryptSync(password, salt, 32, { N, r, p }).toString('base64url');
  return ['scrypt', N, r, p, salt.toString('base64url'), hash].join('$');
}

test('a password verifies against its own hash only, whatever its cost', async () => {
  const password = 'correct horse ünïcode';
  for (const stored of [scryptHash(password, 16_384, 8, 5), scryptHash(password, 1024, 8, 1)]) {
    assert.equal(await verifyScrypt(stored, 'correct horse ünïcode'), true);
    assert.equal(await verifyScrypt(stored, 'correct horse ünïcode'.normalize('NFD')), true);
    assert.equal(await verifyScrypt(stored, 'correct horse'), false);
    assert.equal(await verifyScrypt(stored, ''), false);
  }
});

test('a broken hash and an absurdly dear one are false', async () => {
  const filler = `${'a'.repeat(22)}$${'b'.repeat(43)}`;
  for (const stored of ['', 'plain', `scrypt$0$8$1$${filler}`, `scrypt$999999$99$99$${filler}`]) {
    assert.equal(await verifyScrypt(stored, 'pw'), false);
  }
});
