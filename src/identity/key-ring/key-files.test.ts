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
import { addKeyFile, makeKeyFile, readKeyFiles } from './key-files.ts';

const firstSecret = async (dataDir: string): Promise<Buffer> => {
  const [key] = await readKeyFiles(dataDir);
  return (key ?? (await makeKeyFile(dataDir, 1))).secret;
};

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-secret-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the secret is made once, for the owner only', async (t) => {
  const dataDir = join(makeFolder(t), 'new');
  const secret = await firstSecret(dataDir);
  assert.equal(secret.length, 32);
  assert.deepEqual(await firstSecret(dataDir), secret);
  assert.deepEqual(readdirSync(dataDir), ['signing.key']);
  assert.equal(statSync(join(dataDir, 'signing.key')).mode & 0o777, 0o600);
  assert.notDeepEqual(await firstSecret(makeFolder(t)), secret);
});

test('all who ask at once get the same secret', async (t) => {
  const dataDir = makeFolder(t);
  const secrets = await Promise.all(Array.from({ length: 8 }, () => firstSecret(dataDir)));
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
    await assert.rejects(firstSecret(dataDir), { code: 'invalid_configuration', message });
    assert.equal(statSync(path).size, bytes);
  }
  rmSync(path);
  mkdirSync(path);
  await assert.rejects(firstSecret(dataDir), { code: 'invalid_configuration' });
});

test('a further key has a number, and the newest comes first', async (t) => {
  const dataDir = makeFolder(t);
  assert.deepEqual(await readKeyFiles(join(dataDir, 'nowhere')), []);
  for (const id of ['k1', 'k2', 'k3']) assert.equal((await addKeyFile(dataDir)).id, id);
  writeFileSync(join(dataDir, 'signing-k2.key.0123'), 'a draft');
  writeFileSync(join(dataDir, 'signing-kx.key'), 'something else');
  const keys = await readKeyFiles(dataDir);
  assert.deepEqual(
    keys.map(({ id }) => id),
    ['k3', 'k2', 'k1'],
  );
  assert.equal(new Set(keys.map(({ secret }) => secret.toString('hex'))).size, 3);
  assert.ok(readdirSync(dataDir).includes('signing.key'), 'k1 keeps its old name');
});
