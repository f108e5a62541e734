import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memoryIdentity } from '../../../test/support/memory-identity.ts';
import { A, PASSWORD, quickHash, signInWorld } from '../../../test/support/sign-in-world.ts';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { GrantName } from '../store.ts';
import {
  createGrants,
  createPeopleView,
  createProviderKeys,
  createRefreshFamilies,
} from './create-oauth-parts.ts';

const sealRing = [{ id: 'k1', secret: Buffer.alloc(32, 1) }];
const given = {
  tenant: A,
  userId: 'usr_1',
  clientId: 'client',
  resource: 'https://gw.example/mcp',
  scopes: ['mcp.use'] as const,
  access: [],
};

function setUp() {
  const stores = memoryIdentity();
  const clock = { ms: 1_800_000_000_000 };
  const ended: GrantName[] = [];
  const options = {
    stores,
    sealRing,
    revoked: ({ tenant, id }: GrantName) => void ended.push({ tenant, id }),
    ids: new IdSource(() => clock.ms),
    now: () => clock.ms,
  };
  return {
    stores,
    clock,
    ended,
    grants: createGrants(options),
    families: createRefreshFamilies(options),
  };
}

describe('grants to OAuth clients', () => {
  test('last oauthGrantMs, and until they are revoked', async () => {
    const { grants, clock, ended } = setUp();
    const { id } = await grants.create(given);
    assert.match(id, /^grt_/);
    clock.ms += limits.oauthGrantMs - 1;
    assert.equal((await grants.get(A, id))?.clientId, 'client');
    assert.equal((await grants.consents(given)).length, 1);
    clock.ms += 1;
    assert.equal(await grants.get(A, id), undefined);
    const other = await grants.create(given);
    await grants.revoke(A, other.id);
    await grants.revoke(A, other.id);
    assert.deepEqual(ended, [{ tenant: A, id: other.id }]);
    assert.deepEqual(await grants.consents(given), []);
  });

  test('are not logins: a login is no grant of theirs', async () => {
    const { grants, stores } = setUp();
    const grant = await grants.create(given);
    const row = await stores.grants.get(A, grant.id);
    assert.equal(row?.kind, 'oauth');
    await stores.grants.insert(A, { ...row, id: 'grt_login', kind: 'login', revokedAtMs: null });
    assert.equal(await grants.get(A, 'grt_login'), undefined);
  });
});

describe('a family of refresh tokens', () => {
  test('gives the same successor to all who ask at once, and ends with a late reuse', async () => {
    const { grants, families, clock, ended, stores } = setUp();
    const grant = await grants.create(given);
    await families.begin(grant, 'first');
    assert.deepEqual(await families.find('first').then((one) => one?.grantId), grant.id);
    const asked = await Promise.all([1, 2, 3].map(() => families.rotate('first')));
    const tokens = new Set(asked.map((one) => (one.kind === 'rotated' ? one.token : one.kind)));
    assert.equal(tokens.size, 1);
    const [next = ''] = tokens;
    // Neither token stands in the database as it is.
    assert.equal(await stores.refreshTokens.find(next), undefined);
    clock.ms += limits.refreshRepeatMs + 1;
    assert.deepEqual(await families.rotate('first'), { kind: 'reused' });
    assert.deepEqual(ended, [{ tenant: A, id: grant.id }]);
    assert.equal((await families.rotate(next)).kind, 'refused');
    assert.equal((await families.rotate('unknown')).kind, 'refused');
  });
});

describe('people, as the authorization server sees them', () => {
  test('sign in with password and code, and have what their roles give', async () => {
    const world = signInWorld();
    world.people.add('ada', { passwordHash: quickHash(PASSWORD) });
    const people = createPeopleView({
      authentication: world.authentication,
      standing: async () => testPrincipal().permissions,
    });
    const attempt = { login: 'ada', password: PASSWORD, address: '127.0.0.1' };
    assert.deepEqual(await people.signIn(attempt), { userId: 'ada' });
    await assert.rejects(people.signIn({ ...attempt, password: 'wrong' }), {
      code: 'unauthenticated',
    });
    assert.deepEqual(await people.get('ada'), { userId: 'ada', login: 'ada' });
    assert.equal(await people.get('nobody'), undefined);
    const [membership] = await people.memberships('ada');
    assert.equal(membership?.tenant, A);
    assert.ok(membership?.actions.has('mcp.use'));
  });

  test('have tokens that the signing keys of the gateway verify', async () => {
    const { authentication, stores } = signInWorld();
    const keys = createProviderKeys({ authentication, store: stores.signingKeys, sealRing });
    const [one, two] = [await keys(), await keys()];
    assert.equal(one, two);
    const signer = await authentication.signingKeys.signer();
    assert.equal(one.keys[0]?.['kid'], signer.id);
    assert.ok(typeof one.keys[0]?.['d'] === 'string');
    await authentication.signingKeys.rotate('now');
    assert.notEqual((await keys()).version, one.version);
  });
});
