import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWTHeaderParameters,
} from 'jose';
import { A, BASE_URL, signInWorld } from '../../../test/support/sign-in-world.ts';
import { createAdmission } from '../admission/create-admission.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { Seal } from '../../kernel/seal.ts';
import { createTokenCredentials } from './token-credentials.ts';

/** A login of a user, and a way to sign whatever a forger or a broken gateway might. */
async function setUp() {
  const world = signInWorld();
  world.people.add('ada');
  const { loginTokens, accessTokens, findHolder, signingKeys } = world.authentication;
  const issued = await loginTokens.issue(A, 'ada');
  const kind = createTokenCredentials(accessTokens, findHolder);
  const claims = await accessTokens.verify(issued.accessToken);
  const signer = await signingKeys.signer();
  const seconds = Math.floor(world.clock.ms / 1000);
  const payload: Record<string, unknown> = {
    iss: BASE_URL,
    sub: 'ada',
    aud: BASE_URL,
    iat: seconds,
    exp: seconds + 600,
    jti: 'tok_1',
    tid: A,
    gid: claims.grantId,
  };
  const sign = (
    change: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key: CryptoKey | Uint8Array = signer.key,
  ): Promise<string> => {
    const given = Object.entries({ ...payload, ...change });
    const kept = Object.fromEntries(given.filter(([, value]) => value !== undefined));
    return new SignJWT(kept)
      .setProtectedHeader({ alg: 'EdDSA', kid: signer.id, typ: 'at+jwt', ...header })
      .sign(key);
  };
  return { ...world, kind, issued, claims, signer, seconds, payload, sign };
}

type SetUp = Awaited<ReturnType<typeof setUp>>;

/** Admission for these tokens alone. */
function door({ kind, clock }: SetUp) {
  const admission = createAdmission({ kinds: [kind], now: () => clock.ms });
  return {
    ...admission,
    isRefused: async (token: string, at = '/mcp'): Promise<boolean> => {
      try {
        await admission.admit(token, at);
        return false;
      } catch (error) {
        assert.ok(error instanceof GatewayError, String(error));
        assert.equal(error.code, 'unauthenticated');
        assert.equal(error.message, new GatewayError('unauthenticated').message);
        return true;
      }
    },
  };
}

describe('an access token', () => {
  test('stands for the user of its grant, everywhere', async () => {
    const world = await setUp();
    const { issued, claims, permissions } = world;
    const { admit } = door(world);
    for (const at of ['/mcp', '/mcp/orders', '/api']) {
      const principal = await admit(issued.accessToken, at);
      assert.deepEqual(principal, {
        tenant: A,
        subject: { kind: 'user', id: 'ada' },
        grantId: claims.grantId,
        credentialId: claims.id,
        permissions,
      });
    }
    assert.equal(issued.expiresInSeconds, limits.accessTokenMs / 1000);
  });

  test('that somebody else made is refused: algorithm, key, header', async () => {
    const world = await setUp();
    const { sign, signer, payload } = world;
    const { isRefused } = door(world);
    assert.equal(await isRefused(await sign()), false, 'what is signed here is taken');
    const asked: string[] = [];
    const canary = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('{"keys":[]}');
    });
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
    const forged = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const jwk = await exportJWK(forged.publicKey);
    const { keys } = await world.authentication.signingKeys.publicKeys();
    const publicText = Buffer.from(String(keys[0]?.['x']), 'base64url');
    const own = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const rsa = await generateKeyPair('RS256', { extractable: true });
    const pem = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const tokens = {
      none: `${own({ alg: 'none', typ: 'at+jwt', kid: signer.id })}.${own(payload)}.`,
      noneSigned: `${own({ alg: 'none', kid: signer.id })}.${own(payload)}.AAAAAAAAAAAA`,
      hmacOfPublicKey: await sign({}, { alg: 'HS256' }, Buffer.concat([publicText, publicText])),
      hmacOfPem: await sign({}, { alg: 'HS256' }, pem),
      otherName: await sign({}, { alg: 'Ed25519' }),
      rs256: await sign({}, { alg: 'RS256' }, rsa.privateKey),
      otherKey: await sign({}, {}, forged.privateKey),
      unknownKid: await sign({}, { kid: 'sgk_none' }),
      emptyKid: await sign({}, { kid: '' }),
      jwk: await sign({}, { jwk }, forged.privateKey),
      jku: await sign({}, { jku: `${url}/jku`, kid: 'sgk_none' }, forged.privateKey),
      x5u: await sign({}, { x5u: `${url}/x5u`, kid: 'sgk_none' }, forged.privateKey),
      crit: await sign({}, { crit: ['x'], x: 1 }).catch(() => 'eyJ.cannot.be-signed'),
      idToken: await sign({}, { typ: 'JWT' }),
    };
    for (const [name, token] of Object.entries(tokens)) {
      assert.equal(await isRefused(token), true, name);
    }
    canary.close();
    assert.deepEqual(asked, []);
  });

  test('without a key id is refused', async () => {
    const world = await setUp();
    const { signer, payload } = world;
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' })
      .sign(signer.key);
    assert.equal(await door(world).isRefused(token), true);
  });

  test('counts for exactly the audience it names', async () => {
    const world = await setUp();
    const { sign } = world;
    const { isRefused } = door(world);
    const orders = await sign({ aud: `${BASE_URL}/mcp/orders` });
    assert.equal(await isRefused(orders, '/mcp/orders'), false);
    for (const at of [
      '/mcp',
      '/mcp/orders2',
      '/mcp/order',
      '/mcp/orders/',
      '/MCP/orders',
      '/api',
    ]) {
      assert.equal(await isRefused(orders, at), true, at);
    }
    assert.equal(await isRefused(orders, '/mcp/orders'), false, 'and still there');
    for (const aud of [
      'https://other.example',
      `${BASE_URL}/`,
      `${BASE_URL}2`,
      `${BASE_URL}.evil.example`,
      'https://GATEWAY.example',
      'http://gateway.example',
      `${BASE_URL}:443`,
      `${BASE_URL}/mcp2`,
      [BASE_URL],
      [BASE_URL, 'https://other.example'],
      ['https://other.example'],
      '',
      undefined,
      null,
    ]) {
      assert.equal(await isRefused(await sign({ aud })), true, JSON.stringify(aud));
    }
  });

  test('of another issuer is refused', async () => {
    const world = await setUp();
    const { isRefused } = door(world);
    for (const iss of [`${BASE_URL}/`, 'https://other.example', '', undefined, [BASE_URL]]) {
      assert.equal(await isRefused(await world.sign({ iss })), true, JSON.stringify(iss));
    }
  });

  test('counts in its time, give or take accessTokenSkewMs', async () => {
    const world = await setUp();
    const { sign, seconds } = world;
    const { isRefused } = door(world);
    const skew = limits.accessTokenSkewMs / 1000;
    const life = limits.accessTokenMs / 1000;
    const cases: [string, Record<string, unknown>, boolean][] = [
      ['expired within the skew', { exp: seconds - skew + 1, iat: seconds - 300 }, false],
      ['expired', { exp: seconds - skew, iat: seconds - 300 }, true],
      ['begins within the skew', { nbf: seconds + skew }, false],
      ['begins later', { nbf: seconds + skew + 1 }, true],
      ['issued within the skew', { iat: seconds + skew }, false],
      ['issued later', { iat: seconds + skew + 1 }, true],
      ['issued tomorrow', { iat: seconds + 86_400, exp: seconds + 87_000 }, true],
      ['issued long ago', { iat: seconds - life - skew - 1 }, true],
      ['without exp', { exp: undefined }, true],
      ['exp as text', { exp: String(seconds + 600) }, true],
      ['without iat', { iat: undefined }, true],
      ['iat as text', { iat: String(seconds) }, true],
      ['nbf as text', { nbf: String(seconds) }, true],
    ];
    for (const [name, change, refused] of cases) {
      assert.equal(await isRefused(await sign(change)), refused, name);
    }
  });

  test('that is known ends when its time is over', async () => {
    const world = await setUp();
    const { isRefused } = door(world);
    const { accessToken } = world.issued;
    world.clock.ms += limits.accessTokenMs + limits.accessTokenSkewMs - 1;
    assert.equal(await isRefused(accessToken), false);
    world.clock.ms += 1;
    assert.equal(await isRefused(accessToken), true);
  });

  test('without one of its claims, or with another kind of value, is refused', async () => {
    const world = await setUp();
    const { isRefused } = door(world);
    for (const name of ['sub', 'jti', 'tid', 'gid']) {
      for (const value of [undefined, null, '', 7, ['ada'], { a: 1 }]) {
        const token = await world.sign({ [name]: value });
        assert.equal(await isRefused(token), true, `${name} ${JSON.stringify(value)}`);
      }
    }
    for (const change of [{ sub: 'bob' }, { tid: 'ten_b' }, { gid: 'grt_none' }]) {
      assert.equal(await isRefused(await world.sign(change)), true, JSON.stringify(change));
    }
  });

  test('ends with its grant, and with its user', async () => {
    const world = await setUp();
    const { isRefused, forget } = door(world);
    const { issued, claims, stores, clock } = world;
    assert.equal(await isRefused(issued.accessToken), false);
    await stores.grants.revoke(A, claims.grantId, clock.ms);
    forget(claims.grantId);
    assert.equal(await isRefused(issued.accessToken), true);
    const other = await setUp();
    other.people.members.set('ada', []);
    assert.equal(await door(other).isRefused(other.issued.accessToken), true);
  });

  test('has at most accessTokenCharactersMax characters', async () => {
    const world = await setUp();
    const { kind, sign } = world;
    const [short, long] = [
      await sign({ x: 'x'.repeat(3_000) }),
      await sign({ x: 'x'.repeat(limits.accessTokenCharactersMax) }),
    ];
    assert.equal(kind.recognises(short), true);
    assert.equal(kind.recognises(long), false);
    await assert.rejects(world.authentication.accessTokens.verify(long), {
      code: 'unauthenticated',
    });
  });

  test('is told from other credentials by its shape', async () => {
    const { kind, issued } = await setUp();
    assert.equal(kind.recognises(issued.accessToken), true);
    const { accessToken } = issued;
    for (const text of ['', 'eyJ', 'a.b.c', `mgw_live_${'x'.repeat(60)}`, `${accessToken}.x`]) {
      assert.equal(kind.recognises(text), false, text);
    }
  });

  test('is known again without a look at the store', async () => {
    const world = await setUp();
    const { admit } = door(world);
    await admit(world.issued.accessToken, '/mcp');
    const again = admit(world.issued.accessToken, '/mcp');
    assert.ok(!(again instanceof Promise));
    const rounds = 100_000;
    const startMs = performance.now();
    for (let round = 0; round < rounds; round++) void admit(world.issued.accessToken, '/mcp');
    const microseconds = ((performance.now() - startMs) * 1_000) / rounds;
    assert.ok(microseconds < 3, `${microseconds} µs`);
  });
});

describe('signing keys', () => {
  test('are made once, sealed, and told without their private half', async () => {
    const { stores, authentication } = signInWorld();
    const { signingKeys } = authentication;
    assert.deepEqual(await signingKeys.publicKeys(), { keys: [] });
    const signers = await Promise.all([1, 2, 3].map(() => signingKeys.signer()));
    assert.equal(new Set(signers.map(({ id }) => id)).size, 1);
    const rows = await stores.signingKeys.list();
    assert.equal(rows.length, 1);
    const opened = new Seal([{ id: 'k1', secret: Buffer.alloc(32, 1) }], 'signing key').open(
      rows[0]?.privateJwkSealed ?? '',
      rows[0]?.id,
    );
    const { d } = JSON.parse(opened ?? '{}') as { d?: string };
    assert.ok(d !== undefined && !JSON.stringify(rows).includes(d));
    const { keys } = await signingKeys.publicKeys();
    assert.deepEqual(
      keys.map((key) => Object.keys(key).toSorted()),
      [['alg', 'crv', 'kid', 'kty', 'use', 'x']],
    );
  });

  test('are replaced after signingKeyMs, and verify for signingKeyRestMs more', async () => {
    const world = await setUp();
    const { clock, authentication, stores, issued } = world;
    const { signingKeys, accessTokens } = authentication;
    const before = await signingKeys.signer();
    clock.ms += limits.signingKeyMs;
    assert.equal(await signingKeys.rotate('due'), false, 'not yet');
    clock.ms += 1;
    const late = await accessTokens.sign({
      userId: 'ada',
      tenant: A,
      grantId: world.claims.grantId,
      grantEndMs: Infinity,
    });
    assert.equal(await signingKeys.rotate('due'), true);
    assert.equal(await signingKeys.rotate('due'), false);
    const after = await signingKeys.signer();
    assert.notEqual(after.id, before.id);
    assert.equal((await accessTokens.verify(late.token)).userId, 'ada', 'what it signed is good');
    assert.ok(limits.signingKeyRestMs > limits.accessTokenMs + 2 * limits.accessTokenSkewMs);
    assert.ok(limits.signingKeysLookMs < limits.signingKeyMs / 24, 'it is looked at often');
    clock.ms += limits.signingKeyRestMs - 1;
    assert.equal((await signingKeys.publicKeys()).keys.length, 2);
    assert.notEqual(await signingKeys.verifier(before.id), undefined);
    clock.ms += 1;
    assert.equal((await signingKeys.publicKeys()).keys.length, 1);
    assert.equal(await signingKeys.verifier(before.id), undefined);
    assert.equal(await signingKeys.rotate('now'), true);
    assert.deepEqual(
      (await stores.signingKeys.list()).map(({ id }) => id).includes(before.id),
      false,
      'what retired is forgotten with the next one',
    );
    assert.ok(issued.accessToken !== late.token);
  });

  test('of another instance are found, at most once in signingKeysReadMs', async () => {
    const one = await setUp();
    const other = signInWorld({ stores: one.stores, people: one.people, startMs: one.clock.ms });
    await other.authentication.signingKeys.publicKeys();
    const claims = await other.authentication.accessTokens.verify(one.issued.accessToken);
    assert.equal(claims.userId, 'ada');
    let reads = 0;
    const { list } = one.stores.signingKeys;
    const counted: typeof list = () => {
      reads++;
      return list();
    };
    const signingKeysOfAll = { ...one.stores.signingKeys, list: counted };
    const counting = { ...one.stores, signingKeys: signingKeysOfAll };
    const third = signInWorld({ stores: counting, startMs: one.clock.ms });
    const { signingKeys } = third.authentication;
    for (let asked = 0; asked < 20; asked++) await signingKeys.verifier(`sgk_${asked}`);
    assert.equal(reads, 1);
    third.clock.ms += limits.signingKeysReadMs;
    for (let asked = 0; asked < 20; asked++) await signingKeys.verifier(`sgk_${asked}`);
    assert.equal(reads, 2);
  });
});
