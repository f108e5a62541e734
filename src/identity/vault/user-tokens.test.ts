import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oauthWorld } from '../../../test/support/oauth-world.ts';
import { limits } from '../../kernel/limits.ts';
import { ConnectionNeeded } from '../../kernel/oauth/upstream-oauth.ts';

const needed = { code: 'connection_required' };
const HOUR_MS = 3_600_000;
const refreshes = ({ server }: ReturnType<typeof oauthWorld>): number =>
  server.asked.filter(({ form }) => form.get('grant_type') === 'refresh_token').length;

describe("a user's tokens", () => {
  test('are that user’s alone', async () => {
    const world = oauthWorld();
    await world.connect();
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-1');
    await assert.rejects(world.tokens.token(world.service, 'usr_2'), needed);
    const elsewhere = { ...world.service, id: 'svc_2' };
    await assert.rejects(world.tokens.token(elsewhere, 'usr_1'), needed);
  });

  test('are renewed tokenEarlyMs before they end, and not earlier', async () => {
    const world = oauthWorld();
    await world.connect();
    world.clock.nowMs += HOUR_MS - limits.tokenEarlyMs - 1;
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-1');
    world.clock.nowMs += 1;
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-2');
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-2');
    assert.equal(refreshes(world), 1);
  });

  test('are renewed once, however many requests of however many instances want it', async () => {
    const world = oauthWorld();
    await world.connect();
    world.clock.nowMs += HOUR_MS;
    const instances = [world.tokens, world.userTokens(), world.userTokens()];
    const wanted = instances.flatMap((tokens) =>
      Array.from({ length: 20 }, () => tokens.token(world.service, 'usr_1')),
    );
    const got = new Set(await Promise.all(wanted));
    assert.deepEqual([...got], ['access-2']);
    assert.equal(refreshes(world), 1);
  });

  test('are renewed by another when the first holds the row past tokenRefreshMs', async () => {
    const world = oauthWorld();
    await world.connect();
    const [connection] = [...world.store.connections.values()];
    assert.ok(connection !== undefined);
    const { tokenRefreshMs: lifeMs } = limits;
    assert.equal(await world.store.claimRefresh(connection, 'dead', lifeMs), 'claimed');
    world.clock.nowMs += lifeMs - 1;
    assert.equal(await world.store.claimRefresh(connection, 'me', lifeMs), 'busy');
    world.clock.nowMs += HOUR_MS;
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-2');
  });

  test('end when their server will not renew them; the user is asked', async () => {
    const world = oauthWorld();
    await world.connect();
    world.server.token = () => 400;
    world.clock.nowMs += HOUR_MS;
    await assert.rejects(world.tokens.token(world.service, 'usr_1'), needed);
    await assert.rejects(world.tokens.token(world.service, 'usr_1'), needed);
    assert.equal(refreshes(world), 1);
    const [connection] = [...world.store.connections.values()];
    assert.equal(connection?.status, 'expired');
  });

  test('stay when their server is only down', async () => {
    const world = oauthWorld();
    await world.connect();
    const good = world.server.token;
    world.server.token = () => 503;
    world.clock.nowMs += HOUR_MS;
    await assert.rejects(world.tokens.token(world.service, 'usr_1'), {
      code: 'upstream_unavailable',
    });
    world.server.token = good;
    assert.equal(await world.tokens.token(world.service, 'usr_1'), 'access-2');
  });

  test('that a service refuses are renewed, once; a fresh one has ended', async () => {
    const world = oauthWorld();
    await world.connect();
    world.clock.nowMs += 60_000;
    const refusal = (token: string) =>
      world.tokens.token(world.service, 'usr_1', { token, status: 401, challenge: 'Bearer' });
    assert.equal(await refusal('access-1'), 'access-2');
    // Whoever comes with the old one gets the new one, and nothing is asked for.
    assert.equal(await refusal('access-1'), 'access-2');
    assert.equal(refreshes(world), 1);
    await assert.rejects(refusal('access-2'), needed);
    assert.equal(refreshes(world), 1);
  });

  test('that may not do enough ask for the union of scopes, and never in a loop', async () => {
    const world = oauthWorld();
    await world.connect();
    const refusal = (scope: string) =>
      world.tokens.token(world.service, 'usr_1', {
        token: 'access-1',
        status: 403,
        challenge: `Bearer error="insufficient_scope", scope="${scope}"`,
      });
    await assert.rejects(refusal('write admin'), (error: unknown) => {
      assert.ok(error instanceof ConnectionNeeded);
      assert.deepEqual(error.scopes, ['read', 'write', 'admin']);
      return true;
    });
    await assert.rejects(refusal('read'), { code: 'upstream_failed' });
    await assert.rejects(refusal(''), { code: 'upstream_failed' });
  });

  test('are remembered for some connections, at most connectionsCachedMax', async () => {
    const world = oauthWorld();
    await world.connect();
    const [connection] = [...world.store.connections.values()];
    assert.ok(connection !== undefined);
    const held = await world.tokens.open(connection);
    assert.ok(held !== undefined);
    let reads = 0;
    const find = world.store.find;
    Object.assign(world.store, {
      find: async (tenant: never, userId: string, serviceId: string) => {
        if (userId === 'usr_1') reads++;
        return userId === 'usr_1' ? await find(tenant, userId, serviceId) : connection;
      },
    });
    const other = (at: number) => world.tokens.account(world.service, `usr_other_${at}`);
    await world.tokens.account(world.service, 'usr_1');
    for (let at = 0; at < limits.connectionsCachedMax / 4; at++) await other(at);
    await world.tokens.account(world.service, 'usr_1');
    assert.equal(reads, 1);
    for (let at = 0; at <= limits.connectionsCachedMax; at++) await other(at);
    await world.tokens.account(world.service, 'usr_1');
    assert.equal(reads, 2);
  });
});
