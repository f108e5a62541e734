import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import type { Egress } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { CredentialLimits, Permissions } from '../../../kernel/permissions.ts';
import { tenantId } from '../../../kernel/principal.ts';
import { createRemoteKeys } from './remote-keys.ts';
import {
  checkIssuers,
  createExternalCredentials,
  type ExternalIssuer,
  type ExternalSubject,
} from './external-credentials.ts';

const ISSUER = 'https://login.example/realms/one';
const BASE = 'https://gw.example';
const KEYS_URL = `${ISSUER}/certs`;

/** An issuer on paper: its keys, its documents, and what was asked of it. */
async function setUp(change: Partial<ExternalIssuer> = {}) {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
  const clock = { ms: 1_800_000_000_000 };
  const asked: string[] = [];
  const documents = new Map<string, string>([
    [KEYS_URL, JSON.stringify({ keys: [jwk] })],
    [
      `${ISSUER}/.well-known/openid-configuration`,
      JSON.stringify({ issuer: ISSUER, jwks_uri: KEYS_URL }),
    ],
  ]);
  const linked: ExternalSubject[] = [];
  const issuer: ExternalIssuer = {
    issuer: ISSUER,
    tenant: 'one',
    rolesClaim: 'realm_access.roles',
    roles: { staff: ['developer'] },
    scopes: 'enforce',
    ...change,
  };
  const kind = createExternalCredentials({
    issuers: [issuer],
    egress: egressOf(documents, asked),
    baseUrl: () => BASE,
    link: async (subject) => {
      linked.push(subject);
      if (subject.subject === 'nobody') return undefined;
      const permissionsBy = (credential: CredentialLimits) =>
        ({ credential }) as unknown as Permissions;
      return { tenant: tenantId('ten_one'), userId: 'usr_1', permissionsBy };
    },
    now: () => clock.ms,
  });
  const sign = (claims: object = {}, header: object = {}, key: unknown = pair.privateKey) => {
    const seconds = clock.ms / 1_000;
    const payload = {
      iss: ISSUER,
      sub: 'subject-1',
      aud: `${BASE}/mcp`,
      iat: seconds,
      exp: seconds + 300,
      scope: 'openid mcp',
      realm_access: { roles: ['staff', 'other'] },
      ...claims,
    };
    const given = Object.entries(payload).filter(([, value]) => value !== undefined);
    return new SignJWT(Object.fromEntries(given))
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
      .sign(key as never);
  };
  return { kind, sign, clock, asked, documents, linked, jwk, pair };
}

function egressOf(documents: Map<string, string>, asked: string[]): Pick<Egress, 'request'> {
  return {
    request: async ({ url }) => {
      asked.push(url);
      const text = documents.get(url);
      if (text === undefined) throw new GatewayError('upstream_unavailable');
      return {
        status: 200,
        headers: {},
        bytes: async (bytesMax = Infinity) => {
          if (text.length > bytesMax) throw new GatewayError('upstream_failed');
          return Buffer.from(text);
        },
        stream: () => [] as never,
        discard: () => {},
      };
    },
  };
}

describe('a token of another authorization server', () => {
  test('stands for the linked person in its one tenant, limited by its scopes', async () => {
    const { kind, sign, linked, asked } = await setUp();
    const token = await sign();
    assert.equal(kind.recognises(token), true);
    const found = await kind.lookUp(token, '/mcp');
    assert.equal(found?.principal.tenant, 'ten_one');
    assert.deepEqual(found?.principal.subject, { kind: 'user', id: 'usr_1' });
    assert.equal(found?.resource, '/mcp');
    assert.deepEqual(found?.principal.permissions.credential, { scopes: ['mcp.use'], access: [] });
    assert.deepEqual(linked[0], {
      issuer: ISSUER,
      subject: 'subject-1',
      tenantName: 'one',
      name: 'subject-1',
      roles: ['developer'],
    });
    // The same grant after the token is replaced; another credential.
    const next = await kind.lookUp(await sign({ jti: 'other' }), '/mcp');
    assert.equal(next?.principal.grantId, found?.principal.grantId);
    assert.notEqual(next?.principal.credentialId, found?.principal.credentialId);
    assert.deepEqual(asked, [`${ISSUER}/.well-known/openid-configuration`, KEYS_URL]);
  });

  test('is refused when anything about it is wrong', async () => {
    const { kind, sign, clock, pair } = await setUp();
    const seconds = clock.ms / 1_000;
    const skew = limits.externalTokenSkewMs / 1_000;
    const other = await generateKeyPair('RS256');
    const wrong = {
      key: await sign({}, {}, other.privateKey),
      kid: await sign({}, { kid: 'k2' }),
      hmac: await sign({}, { alg: 'HS256' }, new Uint8Array(64)),
      expired: await sign({ exp: seconds - skew }),
      future: await sign({ nbf: seconds + skew + 1 }),
      madeLater: await sign({ iat: seconds + skew + 1 }),
      noExp: await sign({ exp: undefined }),
      noSub: await sign({ sub: undefined }),
      noAud: await sign({ aud: undefined }),
      otherAud: await sign({ aud: `${BASE}/mcp/orders` }),
      prefixAud: await sign({ aud: `${BASE}/mcp2` }),
      slashAud: await sign({ aud: `${BASE}/mcp/` }),
      oneOfAud: await sign({ aud: [`${BASE}/mcp`, 'account'] }),
      noneOfAud: await sign({ aud: [] }),
      idToken: await sign({ nonce: 'n' }),
      nobody: await sign({ sub: 'nobody' }),
    };
    for (const [name, token] of Object.entries(wrong)) {
      assert.equal(await kind.lookUp(token, '/mcp'), undefined, name);
    }
    for (const iss of [`${ISSUER}/`, 'https://login.example/realms/two', undefined]) {
      assert.equal(kind.recognises(await sign({ iss })), false, String(iss));
    }
    assert.ok(await kind.lookUp(await sign({ exp: seconds - skew + 1 }), '/mcp'));
    assert.ok(await kind.lookUp(await sign({ iat: seconds + skew }), '/mcp'));
    assert.ok(await kind.lookUp(await sign({ aud: [`${BASE}/mcp`] }), '/mcp'));
    const long = await sign({ x: 'x'.repeat(limits.externalTokenCharactersMax) });
    assert.equal(kind.recognises(long), false);
    assert.ok(pair);
  });

  test('may be for a name that the operator chose, and then is good everywhere', async () => {
    const { kind, sign } = await setUp({ audience: 'mcp-gateway', scopes: 'ignore' });
    const found = await kind.lookUp(await sign({ aud: 'mcp-gateway' }), '/mcp/orders');
    assert.equal(found?.resource, null);
    assert.deepEqual(found?.principal.permissions.credential, { scopes: null, access: [] });
    assert.equal(await kind.lookUp(await sign({ aud: `${BASE}/mcp` }), '/mcp'), undefined);
  });
});

describe('keys of another authorization server', () => {
  test('are asked for once in issuerKeysCooldownMs, whatever kid a token names', async () => {
    const { kind, sign, asked, clock } = await setUp({ jwksUrl: KEYS_URL });
    await kind.lookUp(await sign(), '/mcp');
    for (let count = 0; count < 20; count++) {
      assert.equal(await kind.lookUp(await sign({}, { kid: `x${count}` }), '/mcp'), undefined);
    }
    assert.equal(asked.length, 1);
    clock.ms += limits.issuerKeysCooldownMs - 1;
    await kind.lookUp(await sign({}, { kid: 'y' }), '/mcp');
    assert.equal(asked.length, 1);
    clock.ms += 1;
    await kind.lookUp(await sign({}, { kid: 'y' }), '/mcp');
    assert.equal(asked.length, 2);
  });

  test('are replaced when the issuer rotates them, and serve while it is away', async () => {
    const { kind, sign, asked, clock, documents } = await setUp({ jwksUrl: KEYS_URL });
    await kind.lookUp(await sign(), '/mcp');
    documents.delete(KEYS_URL);
    clock.ms += limits.issuerKeysMs;
    assert.ok(await kind.lookUp(await sign(), '/mcp'));
    assert.equal(asked.length, 2);
    const next = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(next.publicKey)), kid: 'k2', alg: 'RS256' };
    documents.set(KEYS_URL, JSON.stringify({ keys: [jwk] }));
    clock.ms += limits.issuerKeysCooldownMs;
    assert.ok(await kind.lookUp(await sign({}, { kid: 'k2' }, next.privateKey), '/mcp'));
    assert.equal(await kind.lookUp(await sign(), '/mcp'), undefined, 'the old key is gone');
  });

  test('that were never read are no reason to call a token wrong', async () => {
    const { kind, sign, documents } = await setUp({ jwksUrl: KEYS_URL });
    const text = documents.get(KEYS_URL) ?? '';
    documents.set(KEYS_URL, text.padEnd(limits.issuerKeysBytesMax + 1));
    await assert.rejects(kind.lookUp(await sign(), '/mcp'), { code: 'storage_unavailable' });
  });

  test('may have issuerKeysBytesMax bytes; metadata must name this issuer', async () => {
    const one = await setUp({ jwksUrl: KEYS_URL });
    const text = one.documents.get(KEYS_URL) ?? '';
    one.documents.set(KEYS_URL, text.padEnd(limits.issuerKeysBytesMax));
    assert.ok(await one.kind.lookUp(await one.sign(), '/mcp'));
    const two = await setUp();
    const lie = JSON.stringify({ issuer: 'https://evil.example', jwks_uri: KEYS_URL });
    two.documents.set(`${ISSUER}/.well-known/openid-configuration`, lie);
    await assert.rejects(two.kind.lookUp(await two.sign(), '/mcp'));
    assert.ok(!two.asked.includes(KEYS_URL));
  });

  test('have issuerKeysReadMs to come', async () => {
    const waited: (number | undefined)[] = [];
    const keys = createRemoteKeys({
      issuer: ISSUER,
      jwksUrl: KEYS_URL,
      egress: {
        request: ({ headersTimeoutMs }) => {
          waited.push(headersTimeoutMs);
          return Promise.reject(new GatewayError('upstream_timeout'));
        },
      },
      now: () => 0,
    });
    await assert.rejects(keys.get('k1'), { code: 'storage_unavailable' });
    assert.deepEqual(waited, [limits.issuerKeysReadMs]);
  });

  test('of one issuer are configured once', () => {
    const issuer = { issuer: ISSUER, tenant: 'one', roles: {}, scopes: 'enforce' } as const;
    checkIssuers([issuer], BASE);
    assert.throws(() => checkIssuers([issuer, { ...issuer, tenant: 'two' }], BASE));
    assert.throws(() => checkIssuers([{ ...issuer, issuer: BASE }], BASE));
  });
});
