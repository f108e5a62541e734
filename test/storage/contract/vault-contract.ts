import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, ConnectState } from '../../../src/identity/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const item = (change: object = {}) => ({
  tenant: A,
  owner: 'usr_1',
  serviceId: 'svc_1',
  name: 'tokens',
  sealed: 'v1.1.x',
  ...change,
});

function connectionOf(id: string, change: Partial<Connection> = {}): Connection {
  return {
    id,
    tenant: A,
    userId: 'usr_1',
    serviceId: 'svc_1',
    issuer: 'https://as.example',
    resource: 'https://api.example',
    scopes: ['read', 'write'],
    status: 'active',
    expiresAtMs: 90,
    createdAtMs: 5,
    updatedAtMs: 5,
    version: 1,
    ...change,
  };
}

function stateOf(hash: string, change: Partial<ConnectState> = {}): ConnectState {
  return {
    hash,
    tenant: A,
    userId: 'usr_1',
    grantId: 'key_1',
    serviceId: 'svc_1',
    step: 'page',
    sealed: 'v1.1.s',
    createdAtMs: 10,
    expiresAtMs: 100,
    ...change,
  };
}

/** What the vault, connections and the ways to them must do on every engine. */
export function vaultContract(open: OpenEmpty): void {
  sealedRows(open);
  usersConnections(open);
  waysToConnect(open);
}

function sealedRows(open: OpenEmpty): void {
  test('data keys are numbered, wrapped anew, and deleted when nothing needs them', async (t) => {
    const { vault } = await openWithTenants(open, t);
    const key = { tenant: A, number: 1, wrapped: 'k1.a', createdAtMs: 1 };
    assert.equal(await vault.addKey(key), true);
    assert.equal(await vault.addKey({ ...key, wrapped: 'k1.other' }), false);
    assert.equal(await vault.addKey({ ...key, tenant: B, wrapped: 'k1.b' }), true);
    assert.equal(await vault.addKey({ ...key, number: 2, wrapped: 'k1.c', createdAtMs: 2 }), true);
    assert.deepEqual(await vault.keys(A), [
      key,
      { ...key, number: 2, wrapped: 'k1.c', createdAtMs: 2 },
    ]);
    assert.equal((await vault.allKeys()).length, 3);
    assert.equal(await vault.rewrapKey(key, 'k2.a'), true);
    assert.equal(await vault.rewrapKey(key, 'k3.a'), false);
    await vault.put(item());
    assert.equal(await vault.deleteUnusedKeys(A, 2, 100), 0);
    await vault.put(item({ sealed: 'v1.2.x' }));
    assert.equal(await vault.deleteUnusedKeys(A, 2, 1), 0);
    assert.equal(await vault.deleteUnusedKeys(A, 2, 2), 1);
    assert.deepEqual(
      (await vault.allKeys()).map(({ tenant, number }) => [tenant, number]),
      [
        [A, 2],
        [B, 1],
      ],
    );
  });

  test('items are kept by row, and found when they are under another key', async (t) => {
    const { vault, secrets } = await openWithTenants(open, t);
    await vault.put(item());
    await vault.put(item({ sealed: 'v1.1.y' }));
    assert.equal(await vault.get(item()), 'v1.1.y');
    for (const other of [{ tenant: B }, { owner: 'usr_2' }, { serviceId: 's' }, { name: 'n' }]) {
      assert.equal(await vault.get(item(other)), undefined);
    }
    await secrets.put(A, 'svc_1', { TOKEN: 'k1.old' });
    await vault.put(item({ tenant: B }));
    const under = await vault.itemsNotUnder(A, 1, 10);
    assert.deepEqual(under, [item({ owner: 'service', name: 'TOKEN', sealed: 'k1.old' })]);
    assert.equal((await vault.itemsNotUnder(A, 11, 1)).length, 1);
    assert.equal(await vault.reseal(item({ sealed: 'v1.1.x' }), 'v1.2.x'), false);
    assert.equal(await vault.reseal(item({ sealed: 'v1.1.y' }), 'v1.2.x'), true);
    assert.equal(await vault.get(item()), 'v1.2.x');
    assert.equal(await vault.delete(item()), true);
    assert.equal(await vault.delete(item()), false);
  });
}

function usersConnections(open: OpenEmpty): void {
  test('a user has one connection with a service, which goes with its tokens', async (t) => {
    const { connections, vault, services } = await openWithTenants(open, t);
    const one = connectionOf('con_1');
    await connections.put(one, 'sealed 1');
    assert.deepEqual(await connections.get(A, 'con_1'), one);
    assert.deepEqual(await connections.find(A, 'usr_1', 'svc_1'), one);
    assert.equal(await connections.get(B, 'con_1'), undefined);
    assert.equal(await vault.get(item()), 'sealed 1');
    const again = connectionOf('con_2', { scopes: [], expiresAtMs: null, updatedAtMs: 9 });
    await connections.put(again, 'sealed 2');
    assert.equal(await connections.get(A, 'con_1'), undefined);
    assert.deepEqual(await connections.list(A, 'usr_1'), [{ ...again, version: 2 }]);
    assert.deepEqual(await connections.list(A, 'usr_2'), []);
    const other = connectionOf('con_3', { userId: 'usr_2', updatedAtMs: 12 });
    await connections.put(other, 'sealed 3');
    assert.equal((await connections.latest(A, 'svc_1'))?.id, 'con_3');
    assert.equal(await connections.expire(other, 13), true);
    assert.equal((await connections.latest(A, 'svc_1'))?.id, 'con_2');
    assert.equal(await connections.remove(B, 'con_2'), false);
    assert.equal(await connections.remove(A, 'con_2'), true);
    assert.equal(await connections.remove(A, 'con_2'), false);
    assert.equal(await vault.get(item()), undefined);
    assert.equal(await vault.get(item({ owner: 'usr_2' })), 'sealed 3');
    await services.delete(A, 'svc_1');
    assert.equal(await vault.get(item({ owner: 'usr_2' })), undefined);
    assert.deepEqual(await connections.list(A, 'usr_2'), []);
  });

  test('tokens are renewed by one at a time, and for the version that was read', async (t) => {
    const { connections, vault } = await openWithTenants(open, t);
    const one = connectionOf('con_1');
    await connections.put(one, 'sealed 1');
    const claims = await Promise.all(
      ['a', 'b', 'c'].map((holder) => connections.claimRefresh(one, holder, 60_000)),
    );
    assert.deepEqual(claims.toSorted(), ['busy', 'busy', 'claimed']);
    const fresh = { ...one, scopes: ['read'], expiresAtMs: 190, updatedAtMs: 20 };
    assert.equal(await connections.renew(fresh, 'sealed 2'), true);
    assert.equal(await connections.renew(fresh, 'sealed 3'), false);
    assert.equal(await vault.get(item()), 'sealed 2');
    assert.deepEqual(await connections.get(A, 'con_1'), { ...fresh, version: 2 });
    assert.equal(await connections.claimRefresh(one, 'a', 60_000), 'changed');
    assert.equal(await connections.expire(one, 30), false);
    const now = { ...fresh, version: 2 };
    assert.equal(await connections.claimRefresh(now, 'a', 0), 'claimed');
    assert.equal(await connections.claimRefresh(now, 'b', 60_000), 'claimed');
    await connections.releaseRefresh(now, 'a');
    assert.equal(await connections.claimRefresh(now, 'c', 60_000), 'busy');
    await connections.releaseRefresh(now, 'b');
    assert.equal(await connections.claimRefresh(now, 'c', 60_000), 'claimed');
  });
}

function waysToConnect(open: OpenEmpty): void {
  test('a state is taken once; a user has connectStatesPerUserMax at most', async (t) => {
    const { connections } = await openWithTenants(open, t);
    const { connectStatesPerUserMax: most } = limits;
    const state = stateOf('h');
    await connections.addState(state, most);
    assert.deepEqual(await connections.getState('h', 'page'), state);
    assert.equal(await connections.getState('h', 'callback'), undefined);
    assert.equal(await connections.takeState('h', 'callback'), undefined);
    const taken = await Promise.all([1, 2, 3].map(() => connections.takeState('h', 'page')));
    assert.deepEqual(
      taken.filter((one) => one !== undefined),
      [state],
    );
    for (let at = 0; at < most; at++) {
      await connections.addState(stateOf(`s${at}`, { createdAtMs: 10 + at }), most);
    }
    await connections.addState(stateOf('other', { userId: 'usr_2' }), most);
    assert.notEqual(await connections.getState('s0', 'page'), undefined);
    await connections.addState(stateOf('last', { createdAtMs: 90 }), most);
    assert.equal(await connections.getState('s0', 'page'), undefined);
    assert.notEqual(await connections.getState('s1', 'page'), undefined);
    assert.notEqual(await connections.getState('other', 'page'), undefined);
    await connections.addState(stateOf('new', { createdAtMs: 100, expiresAtMs: 200 }), most);
    assert.equal(await connections.getState('last', 'page'), undefined);
  });
}
