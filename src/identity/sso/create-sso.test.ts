import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memoryIdentity } from '../../../test/support/memory-identity.ts';
import { IdSource } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { Seal } from '../../kernel/seal.ts';
import { createOneTimeLinks } from '../authentication/one-time-links.ts';
import { createTokenHash } from '../token-hash.ts';
import { createSso, type SsoSubject } from './create-sso.ts';
import { sealSecret } from './seal-secret.ts';
import type { SsoConnection } from './store.ts';

const RING = [{ id: 'k1', secret: Buffer.alloc(32, 1) }];
const tenant = tenantId('ten_a');

function setUp(change: Partial<SsoConnection> = {}, linked: readonly string[] = []) {
  const clock = { ms: 1_000 };
  const now = () => clock.ms;
  const [hash, seal] = [createTokenHash(RING), new Seal(RING, 'sso')];
  const id = 'sso_1';
  const connection: SsoConnection = {
    id,
    tenant,
    name: 'Acme',
    issuer: 'https://login.example',
    clientId: 'gateway',
    secretSealed: sealSecret(seal, 'secret', { tenant, id }),
    domains: [],
    domainsVerified: false,
    verifiedDomains: [],
    groupsClaim: 'groups',
    roles: { staff: ['developer'] },
    jit: true,
    defaultRoles: [],
    requiredClaims: {},
    enabled: true,
    createdAtMs: 1,
    version: 1,
    ...change,
  };
  const subjects: SsoSubject[] = [];
  const claims: { current: JsonObject } = { current: { sub: 'ada', groups: ['staff'] } };
  const store = memoryIdentity().oneTimeTokens;
  const sso = createSso({
    connections: {
      find: async (wanted) => (wanted === id ? connection : undefined),
      findByDomain: async (domain) => (domain === 'acme.example' ? connection : undefined),
    },
    logins: { put: () => Promise.resolve() },
    links: createOneTimeLinks({ store, hash, ids: new IdSource(now), now }),
    providers: {
      authorizeUrl: async ({ secret }, { state }) => `https://login.example/?${secret}&${state}`,
      claims: async () => claims.current,
    },
    seal,
    hash,
    baseUrl: () => 'https://gw.example',
    isLinked: async (_issuer, subject) => linked.includes(subject),
    link: async (subject) => {
      subjects.push(subject);
      return 'usr_1';
    },
    now,
  });
  const finish = async (waitMs = 0) => {
    const { state, browser } = await sso.start(id, undefined);
    clock.ms += waitMs;
    return sso.finish(new URLSearchParams({ state, code: 'code' }), browser);
  };
  return { sso, finish, subjects, claims };
}

describe('a way to a provider', () => {
  test('is open for limits.ssoStateMs', async () => {
    const { finish } = setUp();
    assert.equal((await finish(limits.ssoStateMs - 1)).userId, 'usr_1');
    await assert.rejects(finish(limits.ssoStateMs), { code: 'forbidden' });
  });

  test('makes nobody a user who was none, unless the connection says so', async () => {
    const closed = setUp({ jit: false });
    await assert.rejects(closed.finish(), { code: 'forbidden' });
    assert.deepEqual(closed.subjects, []);
    const known = setUp({ jit: false }, ['ada']);
    assert.equal((await known.finish()).userId, 'usr_1');
  });

  test('lets in only who has the claims that are demanded, at every login', async () => {
    const { finish, claims } = setUp({ requiredClaims: { hd: 'acme.example' } }, ['ada']);
    await assert.rejects(finish(), { code: 'forbidden' });
    claims.current = { sub: 'ada', hd: 'acme.example' };
    assert.equal((await finish()).userId, 'usr_1');
  });

  test('leaves roles to the tenant where the provider tells no groups', async () => {
    const only = { groupsClaim: null, defaultRoles: ['viewer'] };
    const [fresh, known] = [setUp(only), setUp(only, ['ada'])];
    await fresh.finish();
    await known.finish();
    assert.deepEqual(fresh.subjects[0]?.roles, ['viewer']);
    assert.equal(known.subjects[0]?.roles, undefined);
  });

  test('does not exist where the connection is not in use', async () => {
    const { sso } = setUp({ enabled: false });
    await assert.rejects(sso.start('sso_1', undefined), { code: 'not_found' });
    await assert.rejects(sso.start('sso_2', undefined), { code: 'not_found' });
    assert.equal(await sso.discover('Ada@ACME.example'), 'sso_1');
    assert.equal(await sso.discover('ada@else.example'), undefined);
  });
});
