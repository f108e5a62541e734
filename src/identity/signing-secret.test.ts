import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { signingSecret } from './signing-secret.ts';

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-secret-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the secret is made once, for the owner only', async (t) => {
  const dataDir = join(makeFolder(t), 'new');
  const secret = await signingSecret(dataDir);
  assert.equal(secret.length, 32);
  assert.deepEqual(await signingSecret(dataDir), secret);
  assert.deepEqual(readdirSync(dataDir), ['signing.key']);
  assert.equal(statSync(join(dataDir, 'signing.key')).mode & 0o777, 0o600);
  assert.notDeepEqual(await signingSecret(makeFolder(t)), secret);
});

test('all who ask at once get the same secret', async (t) => {
  const dataDir = makeFolder(t);
  const secrets = await Promise.all(Array.from({ length: 8 }, () => signingSecret(dataDir)));
  for (const secret of secrets) assert.deepEqual(secret, secrets[0]);
  assert.deepEqual(readdirSync(dataDir), ['signing.key']);
});

test('a file of the wrong size, or that others may read, is refused and left alone', async (t) => {
  const dataDir = makeFolder(t);
  const path = join(dataDir, 'signing.key');
  for (const [bytes, mode] of [
    [31, 0o600],
    [0, 0o600],
    [33, 0o600],
    [32, 0o640],
    [32, 0o604],
  ] as const) {
    writeFileSync(path, Buffer.alloc(bytes, 1));
    chmodSync(path, mode);
    const message = bytes === 32 ? /may be read by others; run chmod 600/ : /file of 32 bytes/;
    await assert.rejects(signingSecret(dataDir), { code: 'invalid_configuration', message });
    assert.equal(statSync(path).size, bytes);
  }
  rmSync(path);
  mkdirSync(path);
  await assert.rejects(signingSecret(dataDir), { code: 'invalid_configuration' });
});
