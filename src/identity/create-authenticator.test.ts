import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../kernel/errors.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId, type Principal } from '../kernel/principal.ts';
import { createAuthenticator } from './create-authenticator.ts';
import { makeKey, type IssuedKey } from './issue-key.ts';
import type { ApiKey, IdentityStore } from './store.ts';

const A = tenantId('ten_a');
const keySecret = Buffer.alloc(32, 7);

/** A store with the one method that authentication uses, and a door in front of it. */
function setUp() {
  const clock = { ms: 1_000_000 };
  const now = () => clock.ms;
  const byHash = new Map<string, ApiKey>();
  const counted = { lookups: 0 };
  const gate: { wait: Promise<void> | undefined } = { wait: undefined };
  const findKey: IdentityStore['findKey'] = async (hash) => {
    counted.lookups++;
    const key = byHash.get(hash);
    await gate.wait;
    return key === undefined ? undefined : { key, role: 'member' };
  };
  const door = createAuthenticator({ store: { findKey } as IdentityStore, keySecret, now });
  const addKey = (expiresAtMs?: number): IssuedKey => {
    const maker = { keySecret, ids: new IdSource(now), now };
    const issued = makeKey(maker, { tenant: A, userId: 'usr_1' }, 'laptop', expiresAtMs);
    byHash.set(issued.key.hash, issued.key);
    return issued;
  };
  const revoke = (key: ApiKey): void => {
    byHash.set(key.hash, { ...key, revokedAtMs: clock.ms });
  };
  return { clock, counted, gate, door, addKey, revoke };
}

const principalOf = ({ key }: IssuedKey): Principal => ({
  tenant: A,
  userId: 'usr_1',
  credentialId: key.id,
  role: 'member',
});

/** The error of a call that throws or rejects. */
async function errorOf(call: () => unknown): Promise<GatewayError> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    return error;
  }
  return assert.fail('nothing was thrown');
}

describe('authenticate', () => {
  test('answers at once for a key it has checked', async () => {
    const { door, addKey, counted } = setUp();
    const issued = addKey();
    const first = door.authenticate(issued.plaintext);
    assert.ok(first instanceof Promise);
    assert.deepEqual(await first, principalOf(issued));
    assert.deepEqual(door.authenticate(issued.plaintext), principalOf(issued));
    assert.equal(counted.lookups, 1);
  });

  test('refuses everything wrong with the same error', async () => {
    const { door, addKey, revoke, clock } = setUp();
    const [revoked, expired, good] = [addKey(), addKey(clock.ms), addKey()];
    revoke(revoked.key);
    const { plaintext } = good;
    const last = plaintext.endsWith('a') ? 'b' : 'a';
    const wrong = [
      undefined,
      '',
      'sk-made-up',
      'mgw_',
      plaintext.slice(0, -1) + last,
      plaintext.slice(0, 20),
      `${plaintext} `,
      `${plaintext}\n`,
      plaintext.toLowerCase(),
      `mgw_${'x'.repeat(8_000)}`,
      revoked.plaintext,
      expired.plaintext,
    ];
    for (const token of wrong) {
      const error = await errorOf(() => door.authenticate(token));
      assert.equal(error.code, 'unauthenticated', token);
      assert.equal(error.message, new GatewayError('unauthenticated').message);
      assert.equal(error.data, undefined);
    }
    assert.deepEqual(await door.authenticate(plaintext), principalOf(good));
  });

  test('does not ask the store about what cannot be a key', async () => {
    const { door, counted } = setUp();
    for (const token of ['', 'sk-made-up', `mgw_${'x'.repeat(65)}`]) {
      await errorOf(() => door.authenticate(token));
    }
    assert.equal(counted.lookups, 0);
  });

  test('ends with the key, to the millisecond, also from memory', async () => {
    const { door, addKey, clock } = setUp();
    const issued = addKey(clock.ms + 10);
    await door.authenticate(issued.plaintext);
    clock.ms += 9;
    assert.deepEqual(door.authenticate(issued.plaintext), principalOf(issued));
    clock.ms += 1;
    assert.equal(
      (await errorOf(() => door.authenticate(issued.plaintext))).code,
      'unauthenticated',
    );
  });

  test('asks the store again after credentialCacheMs', async () => {
    const { door, addKey, revoke, clock, counted } = setUp();
    const issued = addKey();
    await door.authenticate(issued.plaintext);
    revoke(issued.key);
    clock.ms += limits.credentialCacheMs - 1;
    assert.deepEqual(door.authenticate(issued.plaintext), principalOf(issued));
    clock.ms += 1;
    await errorOf(() => door.authenticate(issued.plaintext));
    assert.equal(counted.lookups, 2);
  });

  test('refuses a revoked key at once when it is told to forget it', async () => {
    const { door, addKey, revoke } = setUp();
    const [issued, other] = [addKey(), addKey()];
    await door.authenticate(issued.plaintext);
    await door.authenticate(other.plaintext);
    revoke(issued.key);
    door.forget(issued.key.id);
    assert.equal(
      (await errorOf(() => door.authenticate(issued.plaintext))).code,
      'unauthenticated',
    );
    assert.deepEqual(door.authenticate(other.plaintext), principalOf(other));
  });

  test('does not believe an answer of the store that a revocation overtook', async () => {
    const { door, addKey, revoke, gate, counted } = setUp();
    const issued = addKey();
    let open = () => {};
    gate.wait = new Promise((resolve) => (open = resolve));
    const early = errorOf(() => door.authenticate(issued.plaintext));
    revoke(issued.key);
    door.forget(issued.key.id);
    open();
    assert.equal((await early).code, 'unauthenticated');
    assert.equal(counted.lookups, 2);
  });

  test('looks a token up once however many ask at the same time', async () => {
    const { door, addKey, counted } = setUp();
    const issued = addKey();
    const asked = Array.from({ length: 50 }, async () => door.authenticate(issued.plaintext));
    for (const principal of await Promise.all(asked)) {
      assert.deepEqual(principal, principalOf(issued));
    }
    assert.equal(counted.lookups, 1);
  });

  test('remembers a wrong token for wrongCredentialCacheMs', async () => {
    const { door, counted, clock } = setUp();
    const token = `mgw_${'x'.repeat(32)}`;
    for (let round = 0; round < 3; round++) await errorOf(() => door.authenticate(token));
    assert.equal(counted.lookups, 1);
    clock.ms += limits.wrongCredentialCacheMs;
    await errorOf(() => door.authenticate(token));
    assert.equal(counted.lookups, 2);
  });

  test('looks up credentialLookupsMax tokens at once and no more', async () => {
    const { door, gate } = setUp();
    let open = () => {};
    gate.wait = new Promise((resolve) => (open = resolve));
    const token = (index: number) => `mgw_${String(index).padStart(32, '0')}`;
    const codes = Array.from({ length: limits.credentialLookupsMax + 1 }, (_, index) =>
      errorOf(() => door.authenticate(token(index))).then(({ code }) => code),
    );
    assert.equal(await codes.at(-1), 'too_many');
    open();
    const refused = (await Promise.all(codes)).filter((code) => code === 'unauthenticated');
    assert.equal(refused.length, limits.credentialLookupsMax);
  });

  test('passes on that the store is down, and asks again next time', async () => {
    const down = new GatewayError('storage_unavailable');
    const store = { findKey: () => Promise.reject(down) } as unknown as IdentityStore;
    const door = createAuthenticator({ store, keySecret, now: () => 0 });
    for (let round = 0; round < 2; round++) {
      const error = await errorOf(() => door.authenticate(`mgw_${'x'.repeat(32)}`));
      assert.equal(error, down);
    }
  });
});
