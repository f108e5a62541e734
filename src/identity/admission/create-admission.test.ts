import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../../kernel/errors.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Permissions } from '../../kernel/permissions.ts';
import { tenantId, type Principal } from '../../kernel/principal.ts';
import { createAdmission } from './create-admission.ts';
import { makeKey, type IssuedKey } from '../keys/make-key.ts';
import type { ApiKeyStore, FoundKey } from '../keys/store.ts';
import { createKeyCredentials } from './key-credentials.ts';

const A = tenantId('ten_a');
const keySecret = Buffer.alloc(32, 7);
const permissions: Permissions = {
  digest: 'd',
  actions: new Set(),
  layers: [],
  credential: { scopes: null, access: [] },
  roles: [],
  groups: [],
};
const permissionsOf = (): Permissions => permissions;

const subject = { kind: 'user', id: 'usr_1' } as const;
const members = {
  standing: async () => ({ roles: [], groups: [], ownRoles: [], isOperator: true }),
};

function doorOver(
  apiKeys: Pick<ApiKeyStore, 'find'>,
  now: () => number,
  keySecrets: readonly Buffer[] = [keySecret],
) {
  const keys = createKeyCredentials({ apiKeys, members, keySecrets, permissionsOf, now });
  const admission = createAdmission({ kinds: [keys], now });
  return { ...admission, admit: (token?: string, at = '/mcp') => admission.admit(token, at) };
}

/** A store with the one method that authentication uses, and a door in front of it. */
function setUp() {
  const clock = { ms: 1_000_000 };
  const now = () => clock.ms;
  const byHash = new Map<string, FoundKey>();
  const counted = { lookups: 0 };
  const gate: { wait: Promise<void> | undefined } = { wait: undefined };
  const find: ApiKeyStore['find'] = async (hash) => {
    counted.lookups++;
    const found = byHash.get(hash);
    await gate.wait;
    return found;
  };
  const door = doorOver({ find }, now);
  const addKey = (expiresAtMs?: number): IssuedKey => {
    const maker = { keySecret, env: 'live', ids: new IdSource(now), now };
    const issued = makeKey(maker, A, { subject, name: 'laptop', expiresAtMs: expiresAtMs ?? null });
    byHash.set(issued.secret.hash, issued);
    return issued;
  };
  const revoke = ({ key, secret }: IssuedKey): void => {
    byHash.set(secret.hash, { secret, key: { ...key, revokedAtMs: clock.ms } });
  };
  return { clock, counted, gate, door, addKey, revoke };
}

const principalOf = ({ key }: IssuedKey): Principal => ({
  tenant: A,
  subject: { kind: 'user', id: 'usr_1' },
  grantId: key.id,
  credentialId: key.id,
  permissions,
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

describe('admit', () => {
  test('answers at once for a key it has checked', async () => {
    const { door, addKey, counted } = setUp();
    const issued = addKey();
    const first = door.admit(issued.plaintext);
    assert.ok(first instanceof Promise);
    assert.deepEqual(await first, principalOf(issued));
    assert.deepEqual(door.admit(issued.plaintext), principalOf(issued));
    assert.equal(counted.lookups, 1);
  });

  test('believes a known key on while the store is away, for credentialGraceMs', async () => {
    const { door, addKey, clock, gate, revoke } = setUp();
    const [known, unknown, brief] = [addKey(), addKey(), addKey(clock.ms + 60_000)];
    await door.admit(known.plaintext);
    await door.admit(brief.plaintext);
    const away = () => {
      gate.wait = Promise.reject(new GatewayError('storage_unavailable'));
      gate.wait.catch(() => {});
    };
    away();
    clock.ms += limits.credentialCacheMs;
    const asked = [door.admit(known.plaintext), door.admit(known.plaintext)];
    for (const answer of asked) assert.deepEqual(await answer, principalOf(known));
    assert.deepEqual(door.admit(known.plaintext), principalOf(known), 'and asks no more');
    const refused = await errorOf(() => door.admit(unknown.plaintext));
    assert.equal(refused.code, 'storage_unavailable', 'an unknown key is never believed');
    clock.ms += 30_000;
    const expired = await errorOf(() => door.admit(brief.plaintext));
    assert.equal(expired.code, 'storage_unavailable', 'nor one that has expired');

    clock.ms += limits.credentialGraceMs - 30_000 - 1;
    assert.deepEqual(await door.admit(known.plaintext), principalOf(known));
    clock.ms += 1;
    const late = await errorOf(() => door.admit(known.plaintext));
    assert.equal(late.code, 'storage_unavailable');

    gate.wait = undefined;
    await door.admit(known.plaintext);
    revoke(known);
    clock.ms += limits.credentialCacheMs;
    const gone = await errorOf(() => door.admit(known.plaintext));
    assert.equal(gone.code, 'unauthenticated', 'the store has the last word when it answers');
  });

  test('forgets a revoked key even while the store is away', async () => {
    const { door, addKey, clock, gate } = setUp();
    const issued = addKey();
    await door.admit(issued.plaintext);
    clock.ms += limits.credentialCacheMs;
    const { promise, reject } = Promise.withResolvers<void>();
    gate.wait = promise;
    const asked = errorOf(() => door.admit(issued.plaintext));
    door.forget(issued.key.id);
    reject(new GatewayError('storage_unavailable'));
    assert.equal((await asked).code, 'storage_unavailable');
  });

  test('refuses everything wrong with the same error', async () => {
    const { door, addKey, revoke, clock } = setUp();
    const [revoked, expired, good] = [addKey(), addKey(clock.ms), addKey()];
    revoke(revoked);
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
      plaintext.toUpperCase(),
      `mgw_${'x'.repeat(8_000)}`,
      revoked.plaintext,
      expired.plaintext,
    ];
    for (const token of wrong) {
      const error = await errorOf(() => door.admit(token));
      assert.equal(error.code, 'unauthenticated', token);
      assert.equal(error.message, new GatewayError('unauthenticated').message);
      assert.equal(error.data, undefined);
    }
    assert.deepEqual(await door.admit(plaintext), principalOf(good));
  });

  test('does not ask the store about what cannot be a key', async () => {
    const { door, counted } = setUp();
    for (const token of ['', 'sk-made-up', `mgw_${'x'.repeat(65)}`]) {
      await errorOf(() => door.admit(token));
    }
    assert.equal(counted.lookups, 0);
  });

  test('ends with the key, to the millisecond, also from memory', async () => {
    const { door, addKey, clock } = setUp();
    const issued = addKey(clock.ms + 10);
    await door.admit(issued.plaintext);
    clock.ms += 9;
    assert.deepEqual(door.admit(issued.plaintext), principalOf(issued));
    clock.ms += 1;
    assert.equal((await errorOf(() => door.admit(issued.plaintext))).code, 'unauthenticated');
  });

  test('asks the store again after credentialCacheMs', async () => {
    const { door, addKey, revoke, clock, counted } = setUp();
    const issued = addKey();
    await door.admit(issued.plaintext);
    revoke(issued);
    clock.ms += limits.credentialCacheMs - 1;
    assert.deepEqual(door.admit(issued.plaintext), principalOf(issued));
    clock.ms += 1;
    await errorOf(() => door.admit(issued.plaintext));
    assert.equal(counted.lookups, 2);
  });

  test('refuses a revoked key at once when it is told to forget it', async () => {
    const { door, addKey, revoke } = setUp();
    const [issued, other] = [addKey(), addKey()];
    await door.admit(issued.plaintext);
    await door.admit(other.plaintext);
    revoke(issued);
    door.forget(issued.key.id);
    assert.equal((await errorOf(() => door.admit(issued.plaintext))).code, 'unauthenticated');
    assert.deepEqual(door.admit(other.plaintext), principalOf(other));
  });

  test('does not believe an answer of the store that a revocation overtook', async () => {
    const { door, addKey, revoke, gate, counted } = setUp();
    const issued = addKey();
    let open = () => {};
    gate.wait = new Promise((resolve) => (open = resolve));
    const early = errorOf(() => door.admit(issued.plaintext));
    revoke(issued);
    door.forget(issued.key.id);
    open();
    assert.equal((await early).code, 'unauthenticated');
    assert.equal(counted.lookups, 2);
  });

  test('forgets a tenant, and which tokens are wrong, when keys changed elsewhere', async () => {
    const { door, addKey, counted } = setUp();
    const issued = addKey();
    const wrong = `mgw_${'x'.repeat(32)}`;
    await door.admit(issued.plaintext);
    await errorOf(() => door.admit(wrong));
    door.forgetTenant('another');
    await door.admit(issued.plaintext);
    assert.equal(counted.lookups, 2, 'another tenant is believed as before');
    door.forgetTenant(issued.key.tenant);
    await door.admit(issued.plaintext);
    await errorOf(() => door.admit(wrong));
    assert.equal(counted.lookups, 4, 'both were looked up once more');
  });

  test('knows keys that were stored under any secret of the ring', async () => {
    const older = Buffer.alloc(32, 9);
    const ids = new IdSource(() => 5);
    const maker = { keySecret: older, env: 'live', ids, now: () => 5 };
    const issued = makeKey(maker, A, { subject, name: 'old' });
    const find = async (hash: string) => (hash === issued.secret.hash ? issued : undefined);
    const now = (): number => 0;
    const alone = doorOver({ find }, now);
    assert.equal((await errorOf(() => alone.admit(issued.plaintext))).code, 'unauthenticated');
    const door = doorOver({ find }, now, [keySecret, older]);
    assert.equal((await door.admit(issued.plaintext)).credentialId, issued.key.id);
  });

  test('looks a token up once however many ask at the same time', async () => {
    const { door, addKey, counted } = setUp();
    const issued = addKey();
    const asked = Array.from({ length: 50 }, async () => door.admit(issued.plaintext));
    for (const principal of await Promise.all(asked)) {
      assert.deepEqual(principal, principalOf(issued));
    }
    assert.equal(counted.lookups, 1);
  });

  test('remembers a wrong token for wrongCredentialCacheMs', async () => {
    const { door, counted, clock } = setUp();
    const token = `mgw_${'x'.repeat(32)}`;
    for (let round = 0; round < 3; round++) await errorOf(() => door.admit(token));
    assert.equal(counted.lookups, 1);
    clock.ms += limits.wrongCredentialCacheMs;
    await errorOf(() => door.admit(token));
    assert.equal(counted.lookups, 2);
  });

  test('looks up credentialLookupsMax tokens at once and no more', async () => {
    const { door, gate } = setUp();
    let open = () => {};
    gate.wait = new Promise((resolve) => (open = resolve));
    const token = (index: number) => `mgw_${String(index).padStart(32, '0')}`;
    const codes = Array.from({ length: limits.credentialLookupsMax + 1 }, (_, index) =>
      errorOf(() => door.admit(token(index))).then(({ code }) => code),
    );
    assert.equal(await codes.at(-1), 'too_many');
    open();
    const refused = (await Promise.all(codes)).filter((code) => code === 'unauthenticated');
    assert.equal(refused.length, limits.credentialLookupsMax);
  });

  test('passes on that the store is down, and asks again next time', async () => {
    const down = new GatewayError('storage_unavailable');
    const door = doorOver({ find: () => Promise.reject(down) }, () => 0);
    for (let round = 0; round < 2; round++) {
      const error = await errorOf(() => door.admit(`mgw_${'x'.repeat(32)}`));
      assert.equal(error, down);
    }
  });
});
