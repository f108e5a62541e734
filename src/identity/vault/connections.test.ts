import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ISSUER, oauthWorld, RESOURCE, stateIn } from '../../../test/support/oauth-world.ts';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { limits } from '../../kernel/limits.ts';

const user = testPrincipal({ user: 'usr_1' });
const refused = { code: 'not_found' };
const tokenCalls = ({ server }: ReturnType<typeof oauthWorld>): number =>
  server.asked.filter(({ what }) => what.endsWith('/token')).length;

describe('connecting an account', () => {
  test('asks with PKCE, state and resource, and keeps what comes', async () => {
    const world = oauthWorld({ scopes: ['read'] });
    const { asked } = await world.connect();
    assert.equal(asked.origin + asked.pathname, `${ISSUER}/authorize`);
    assert.deepEqual(
      ['response_type', 'client_id', 'code_challenge_method', 'resource', 'scope'].map((name) =>
        asked.searchParams.get(name),
      ),
      ['code', 'made', 'S256', RESOURCE, 'read'],
    );
    const call = world.server.asked.find(({ what }) => what === `POST ${ISSUER}/token`);
    assert.equal(call?.form.get('resource'), RESOURCE);
    assert.equal(call?.form.get('redirect_uri'), 'https://gw.example/connect/callback');
    const [connection] = await world.connections.list(user.tenant, 'usr_1');
    assert.deepEqual([connection?.issuer, connection?.scopes], [ISSUER, ['read']]);
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-1');
    assert.deepEqual(await world.connections.list(user.tenant, 'usr_2'), []);
    const kept = JSON.stringify([...world.vaultStore.items.values(), ...world.store.states]);
    for (const secret of ['access-1', 'refresh-1', 'made-secret']) {
      assert.equal(kept.includes(secret), false, secret);
    }
  });

  test('shows a page as often as it is looked at, and leaves it once', async () => {
    const world = oauthWorld();
    const state = stateIn((await world.connections.begin(user, world.service)).url);
    const page = { userId: 'usr_1', tenant: user.tenant, service: 'Calendar' };
    assert.deepEqual(await world.connections.page(state), page);
    assert.deepEqual(await world.connections.page(state), page);
    await world.connections.depart(state);
    await assert.rejects(world.connections.page(state), refused);
    await assert.rejects(world.connections.depart(state), refused);
  });

  test('takes no state that is missing, made up, used, or too old', async () => {
    const world = oauthWorld();
    const { parameters, browser } = await world.connect();
    const before = tokenCalls(world);
    const arrive = (state: string | undefined) => {
      const given = new URLSearchParams(parameters);
      given.delete('state');
      if (state !== undefined) given.set('state', state);
      return world.connections.arrive(given, browser);
    };
    const used = parameters.get('state') ?? '';
    for (const state of [undefined, '', 'x'.repeat(43), used]) {
      await assert.rejects(arrive(state), refused);
    }
    const begun = await world.connections.begin(user, world.service);
    const away = await world.connections.depart(stateIn(begun.url));
    const late = new URL(away.url).searchParams.get('state') ?? '';
    world.clock.nowMs += limits.connectStateMs;
    await assert.rejects(arrive(late), refused);
    assert.equal(tokenCalls(world), before);
  });

  test('is good until connectStateMs, and not after', async () => {
    const world = oauthWorld();
    const begun = await world.connections.begin(user, world.service);
    world.clock.nowMs += limits.connectStateMs - 1;
    await world.connections.page(stateIn(begun.url));
    world.clock.nowMs += 1;
    await assert.rejects(world.connections.page(stateIn(begun.url)), refused);
  });

  test('has connectStatesPerUserMax addresses of a user; one more ends the first', async () => {
    const world = oauthWorld();
    const begin = async () => stateIn((await world.connections.begin(user, world.service)).url);
    const first = await begin();
    for (let more = 1; more < limits.connectStatesPerUserMax; more++) await begin();
    await world.connections.page(first);
    await begin();
    await assert.rejects(world.connections.page(first), refused);
  });

  test('ends only in the browser that left the page', async () => {
    const world = oauthWorld();
    const begun = await world.connections.begin(user, world.service);
    const { url, browser } = await world.connections.depart(stateIn(begun.url));
    const state = new URL(url).searchParams.get('state') ?? '';
    const parameters = new URLSearchParams({ code: 'c', state, iss: ISSUER });
    for (const other of [undefined, '', 'someone-else']) {
      await assert.rejects(world.connections.arrive(parameters, other), refused);
    }
    assert.equal(tokenCalls(world), 0);
    await world.connections.arrive(parameters, browser);
    await assert.rejects(world.connections.arrive(parameters, browser), refused);
    assert.equal(tokenCalls(world), 1);
  });

  test('trusts no answer of another issuer, compared by exact string', async () => {
    for (const iss of ['https://evil.example', `${ISSUER}/`, 'https://AS.example', undefined]) {
      const world = oauthWorld();
      const begun = await world.connections.begin(user, world.service);
      const { url, browser } = await world.connections.depart(stateIn(begun.url));
      const state = new URL(url).searchParams.get('state') ?? '';
      for (const answer of [{ code: 'c' }, { error: 'access_denied' }]) {
        const parameters = new URLSearchParams({ ...answer, state, ...(iss && { iss }) });
        await assert.rejects(world.connections.arrive(parameters, browser));
      }
      assert.equal(tokenCalls(world), 0, iss);
      assert.deepEqual(await world.connections.list(user.tenant, 'usr_1'), []);
    }
  });

  test('uses no server without PKCE S256 and no address that is not the web', async () => {
    const changes = [
      { code_challenge_methods_supported: ['plain'] },
      { code_challenge_methods_supported: null },
      { code_challenge_methods_supported: 'S256' },
      { authorization_endpoint: 'javascript:alert(1)' },
      { authorization_endpoint: 'file:///etc/passwd' },
      { authorization_endpoint: '--upload-pack=x' },
      { authorization_endpoint: '$(id)' },
      { authorization_endpoint: 'http://as.example/authorize' },
      { token_endpoint: 'http://10.0.0.1/token' },
      { issuer: 'https://evil.example' },
      { issuer: `${ISSUER}/` },
    ];
    for (const change of changes) {
      const world = oauthWorld();
      world.server.metadata = { ...world.server.metadata, ...change };
      const begun = await world.connections.begin(user, world.service);
      await assert.rejects(
        world.connections.depart(stateIn(begun.url)),
        { code: 'upstream_failed' },
        JSON.stringify(change),
      );
    }
  });

  test('goes to no server that a foreign resource names', async () => {
    for (const resource of ['https://evil.example/mcp', 'https://api.example/other', 7]) {
      const world = oauthWorld();
      world.server.resource = { ...world.server.resource, resource };
      const begun = await world.connections.begin(user, world.service);
      await assert.rejects(world.connections.depart(stateIn(begun.url)), /another resource/);
    }
  });

  test('registers once per issuer, and takes no client to another', async () => {
    const world = oauthWorld();
    await world.connect();
    await world.connect('usr_2');
    const registrations = () => world.server.asked.filter(({ what }) => what.endsWith('/register'));
    assert.equal(registrations().length, 1);
    const fixed = oauthWorld({ clientId: 'given', issuer: 'https://other.example' });
    fixed.server.resource = { resource: RESOURCE, authorization_servers: [ISSUER] };
    const begun = await fixed.connections.begin(user, fixed.service);
    await assert.rejects(fixed.connections.depart(stateIn(begun.url)));
    assert.equal(
      fixed.server.asked.some(({ what }) => what.includes('/token')),
      false,
    );
  });
});

describe('a connection', () => {
  test('is given up by its user alone: revoked, and forgotten at once', async () => {
    const world = oauthWorld();
    await world.connect();
    const [connection] = await world.connections.list(user.tenant, 'usr_1');
    const id = connection?.id ?? '';
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-1');
    assert.equal(await world.connections.remove(user.tenant, 'usr_2', id), false);
    assert.equal(await world.connections.remove(user.tenant, 'usr_1', id), true);
    assert.equal(await world.connections.remove(user.tenant, 'usr_1', id), false);
    const revoked = world.server.asked
      .filter(({ what }) => what.endsWith('/revoke'))
      .map(({ form }) => form.get('token'));
    assert.deepEqual(revoked, ['refresh-1', 'access-1']);
    await assert.rejects(world.tokens.token(world.service, 'usr_1'), {
      code: 'connection_required',
    });
  });
});
