import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { memoryRingKeyStore } from '../../../test/support/memory-ring-key-store.ts';
import { limits } from '../../kernel/limits.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import { addKeyFile, makeKeyFile } from './key-files.ts';
import { fingerprintOf, toKeyRing } from './key-ring.ts';
import { openKeyRing, type KeySource } from './open-key-ring.ts';

const key = (id: string, byte: number): SealKey => ({ id, secret: Buffer.alloc(32, byte) });

function world(t: TestContext) {
  const store = memoryRingKeyStore();
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'gateway-ring-'));
    t.after(() => rmSync(path, { recursive: true }));
    return path;
  };
  const open = (source: KeySource, directory: string, inUse = false) =>
    openKeyRing({
      source,
      directory,
      store,
      isInUse: () => Promise.resolve(inUse),
      now: () => 5,
    });
  return { store, folder, open };
}

const refuses = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(work, (error: Error & { code?: string }) => {
    assert.equal(error.code, 'invalid_configuration');
    assert.match(error.message, message);
    assert.equal(error.message.trim().split('\n').length, 1);
    return true;
  });

test('an empty database gets a key of the data folder, and knows it from then on', async (t) => {
  const { store, folder, open } = world(t);
  const directory = folder();
  const [first] = await open('file', directory);
  assert.equal(first.id, 'k1');
  assert.deepEqual(store.rows, [
    { id: 'k1', fingerprint: fingerprintOf(first), secret: null, rank: 1, createdAtMs: 5 },
  ]);
  assert.deepEqual(await open('file', directory, true), [first]);
  assert.equal(fingerprintOf(first).includes(first.secret.toString('hex').slice(0, 8)), false);
});

test('a data folder without keys beside a database with data is refused', async (t) => {
  const { store, folder, open } = world(t);
  const directory = folder();
  await refuses(open('file', directory, true), /no signing\.key in .*; restore the file/);
  await open('file', folder());
  await refuses(open('file', directory), /no signing\.key in .*k1, fingerprint .*copy it from/);
  assert.equal(existsSync(join(directory, 'signing.key')), false);
  assert.equal(store.rows.length, 1);
});

test('a database made before keys were noted takes the key that is there', async (t) => {
  const { store, folder, open } = world(t);
  const directory = folder();
  const made = await makeKeyFile(directory, 1);
  assert.deepEqual(await open('file', directory, true), [made]);
  assert.equal(store.rows[0]?.fingerprint, fingerprintOf(made));
});

test('a gateway with another key of the same name is refused', async (t) => {
  const { folder, open } = world(t);
  await open('file', folder());
  const other = folder();
  await makeKeyFile(other, 1);
  await refuses(open('file', other), /The key k1 of this gateway .* is not the key k1 .*; give/);
  await refuses(open([key('k1', 1)], other), /is not the key k1/);
});

test('a key that the data was made with may not be left out; one more may be added', async (t) => {
  const { store, folder, open } = world(t);
  const directory = folder();
  await open([key('a', 1)], directory);
  await open([key('b', 2), key('a', 1)], directory);
  assert.deepEqual(store.rows.map(({ id }) => id).toSorted(), ['a', 'b']);
  await refuses(open([key('a', 1)], directory), /lacks the key b .*give this gateway the keys/);
  await store.remove('b');
  await open([key('a', 1)], directory);
});

test('what an older key sealed is opened after a new one took its place', async (t) => {
  const { folder, open } = world(t);
  const directory = folder();
  const before = new Seal(await open('file', directory), 'secret');
  await addKeyFile(directory);
  const ring = await open('file', directory, true);
  assert.deepEqual(
    ring.map(({ id }) => id),
    ['k2', 'k1'],
  );
  const now = new Seal(ring, 'secret');
  assert.equal(now.open(before.seal('text', 'row'), 'row'), 'text');
  assert.match(now.seal('text'), /^k2\./);
});

test('of gateways that start at once on an empty database one wins', async (t) => {
  const { folder, open } = world(t);
  const starts = [open('file', folder()), open('file', folder()), open('file', folder())];
  const results = await Promise.allSettled(starts);
  const refusedStarts = results.filter(({ status }) => status === 'rejected');
  assert.equal(refusedStarts.length, 2);
});

test('keys kept in the database are the same for all, whoever starts first', async (t) => {
  const { store, folder, open } = world(t);
  const rings = await Promise.all([open('database', folder()), open('database', folder())]);
  assert.deepEqual(rings[0], rings[1]);
  assert.equal(store.rows.length, 1);
  const secret = Buffer.alloc(32, 9);
  const second = { id: 'k2', secret: secret.toString('base64'), createdAtMs: 6 };
  await store.add({ ...second, fingerprint: fingerprintOf({ id: 'k2', secret }), rank: 2 });
  assert.equal((await open('database', folder()))[0].id, 'k2');
  await refuses(open('file', folder()), /are in it; set keys to database/);
});

test('a database whose keys are elsewhere gets none of its own', async (t) => {
  const { folder, open } = world(t);
  await refuses(open('database', folder(), true), /are not in it; set keys to file or/);
  await open('file', folder());
  await refuses(open('database', folder()), /are not in it/);
});

test('a ring has at most ringKeysMax keys, with ids of ringKeyIdLengthMax characters', () => {
  const many = Array.from({ length: limits.ringKeysMax }, (_, index) => key(`k${index}`, index));
  assert.equal(toKeyRing(many).length, limits.ringKeysMax);
  assert.throws(() => toKeyRing([...many, key('more', 99)]), /at most/);
  const longest = 'a'.repeat(limits.ringKeyIdLengthMax);
  assert.equal(toKeyRing([key(longest, 1)])[0].id, longest);
  for (const id of [`${longest}a`, '', 'K1', 'a.b']) {
    assert.throws(() => toKeyRing([key(id, 1)]), /A ring key's id/);
  }
  assert.throws(() => toKeyRing([]), /has no key/);
  assert.throws(() => toKeyRing([key('a', 1), key('a', 2)]), /Two keys/);
  assert.throws(() => toKeyRing([{ id: 'a', secret: Buffer.alloc(31) }]), /32 bytes or more/);
});
