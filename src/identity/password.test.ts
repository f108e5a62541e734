import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, verifyPassword } from './password.ts';

test('a password verifies against its own hash only', async () => {
  const stored = await hashPassword('correct horse ünïcode');
  assert.match(stored, /^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
  assert.equal(await verifyPassword(stored, 'correct horse ünïcode'), true);
  assert.equal(await verifyPassword(stored, 'correct horse ünïcode'.normalize('NFD')), true);
  assert.equal(await verifyPassword(stored, 'correct horse'), false);
  assert.equal(await verifyPassword(stored, ''), false);
  assert.notEqual(await hashPassword('correct horse ünïcode'), stored);
});

test('a hash made with another cost still verifies', async () => {
  // RFC 7914 §12 has no 32-byte vector; this one was made with N=1024, r=8, p=1.
  const { scryptSync } = await import('node:crypto');
  const salt = Buffer.alloc(16, 1);
  const hash = scryptSync('pw', salt, 32, { N: 1024, r: 8, p: 1 }).toString('base64url');
  const stored = `scrypt$1024$8$1$${salt.toString('base64url')}$${hash}`;
  assert.equal(await verifyPassword(stored, 'pw'), true);
  assert.equal(await verifyPassword(stored, 'px'), false);
});

test('no hash, a broken one and an absurdly dear one are false', async () => {
  const filler = `${'a'.repeat(22)}$${'b'.repeat(43)}`;
  const broken = [null, '', 'plain', `scrypt$0$8$1$${filler}`, `scrypt$999999$99$99$${filler}`];
  for (const stored of broken) assert.equal(await verifyPassword(stored, 'pw'), false);
});
