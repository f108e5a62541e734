import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { addPerson } from '../../support/add-person.ts';
import { isJsonObject, type JsonObject } from '../../../src/kernel/json.ts';
import type { HostileCase } from '../case.ts';
import { serviceIdOf, textOf, type Client } from '../world/client.ts';
import { addTenant } from '../world/other-tenant.ts';

const ID = /"((?:[a-z]{2,5})_[0-9a-f]{32})"/g;

interface Collection {
  readonly path: string;
  /** Methods of the address of one of it. */
  readonly methods: readonly string[];
}

/** Every list, where its members have an address below it. */
async function collections(client: Client): Promise<readonly Collection[]> {
  const { json } = await client.send('GET', '/openapi.json');
  const paths = isJsonObject(json['paths']) ? json['paths'] : {};
  return Object.entries(paths).flatMap(([template, operations]) => {
    const path = /^(\/api\/v1\/[\w/-]+|\/services|\/sessions)\/\{\w+\}$/.exec(template)?.[1];
    const list = path === undefined ? undefined : paths[path];
    if (path === undefined || !isJsonObject(list) || list['get'] === undefined) return [];
    const known = ['get', 'put', 'patch', 'delete'];
    const methods = Object.keys(operations as JsonObject).filter((one) => known.includes(one));
    return [{ path, methods: methods.map((one) => one.toUpperCase()) }];
  });
}

const everyList: HostileCase = {
  id: 'B2b',
  title: 'the ids of every list of one tenant, on every address that takes one, by another owner',
  expected: 'word for word as for an id that nobody has; in no list of the other',
  run: async ({ client, keys, other, gateway }) => {
    await addPerson(gateway.url, keys.admin, 'viewer');
    const some = { key: keys.admin };
    await client.send('POST', '/api/v1/invitations', { ...some, body: { roles: ['viewer'] } });
    await client.send('POST', '/api/v1/service-accounts', { ...some, body: { name: 'robot' } });
    await client.send('POST', '/api/v1/groups', { ...some, body: { name: 'group' } });
    let tried = 0;
    for (const { path, methods } of await collections(client)) {
      // The operator's list of all tenants is for nobody else.
      if (path === '/api/v1/tenants') continue;
      const { text } = await client.send('GET', path, { key: keys.admin });
      const theirs = await client.send('GET', path, { key: other.key });
      const ids = [...new Set([...text.matchAll(ID)].map(([, id = '']) => id))].slice(0, 3);
      for (const id of ids) {
        assert.ok(!theirs.text.includes(id), `${path} shows ${id}`);
        const nobody = id.replace(/_.*/, `_${'0'.repeat(32)}`);
        for (const method of methods) {
          const body = method === 'GET' || method === 'DELETE' ? undefined : {};
          const sent = { key: other.key, body, headers: { 'if-match': '"1"' } };
          const came = await client.send(method, `${path}/${id}`, sent);
          const none = await client.send(method, `${path}/${nobody}`, sent);
          assert.ok(came.status >= 400, `${method} ${path}: ${came.status}`);
          assert.equal(came.status, none.status, `${method} ${path}`);
          assert.equal(came.text.replaceAll(id, '?'), none.text.replaceAll(nobody, '?'));
          tried++;
        }
      }
      const after = await client.send('GET', path, { key: keys.admin });
      for (const id of ids) assert.ok(after.text.includes(id), `${path} lost ${id}`);
    }
    assert.ok(tried >= 20, `only ${tried} addresses`);
  },
};

const deletedAmid: HostileCase = {
  id: 'B14',
  title: 'a service deleted amid 50 calls',
  expected: 'every call ends; later ones find nothing; no row is left',
  run: async ({ client, keys, calm }) => {
    const body = { slug: 'brief', kind: 'mcp-http', config: { url: calm.url } };
    const made = await client.send('POST', '/register-service', { key: keys.admin, body });
    assert.ok(made.status < 300, made.text);
    await until(async () => (await client.call(keys.admin, '/mcp/brief', 'work')).status === 200);
    const calls = Array.from({ length: 50 }, () =>
      client.call(keys.admin, '/mcp/brief', 'slow', { ms: 3_000 }),
    );
    await sleep(300);
    const id = serviceIdOf(made);
    const gone = await client.send('DELETE', `/api/v1/services/${id}`, { key: keys.admin });
    assert.ok(gone.status < 300, gone.text);
    for (const { status } of await Promise.all(calls)) assert.ok(status >= 200 && status < 600);
    assert.equal((await client.call(keys.admin, '/mcp/brief', 'work')).status, 404);
    assert.equal((await client.send('GET', `/services/${id}`, { key: keys.admin })).status, 404);
  },
};

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error('It never came to this');
    await sleep(100);
  }
}

const suspended: HostileCase = {
  id: 'B14b',
  title: 'a tenant suspended amid 50 calls of its owner',
  expected: 'every call ends; its key and its sessions are good for nothing within a second',
  run: async ({ client, keys, calm }) => {
    const brief = await addTenant(client, keys.admin, 'brief');
    const config = { url: calm.url };
    const body = { slug: 'calm', kind: 'mcp-http', config };
    const made = await client.send('POST', '/register-service', { key: brief.key, body });
    assert.ok(made.status < 300, made.text);
    assert.equal((await client.call(brief.key, '/mcp/calm', 'work')).status, 200);
    const calls = Array.from({ length: 50 }, () =>
      client.call(brief.key, '/mcp/calm', 'slow', { ms: 3_000 }),
    );
    await sleep(300);
    const path = `/api/v1/tenants/${brief.id}`;
    const change = { key: keys.admin, body: { status: 'suspended' } };
    const done = await client.send('PATCH', path, change);
    assert.equal(done.status, 200, done.text);
    await sleep(1_000);
    assert.equal((await client.call(brief.key, '/mcp/calm', 'work')).status, 401);
    assert.equal((await client.send('GET', '/services', { key: brief.key })).status, 401);
    for (const { status } of await Promise.all(calls)) assert.ok(status >= 200 && status < 600);
    // What it had is its own still, and nobody else's.
    const { text } = await client.send('GET', '/services', { key: keys.admin });
    assert.ok(!text.includes(serviceIdOf(made)));
    const { json } = await client.send('GET', '/api/v1/tenant', { key: keys.admin });
    const own = await client.send('PATCH', `/api/v1/tenants/${textOf(json, 'id')}`, change);
    assert.equal(own.status, 409, 'the operator locks itself out');
  },
};

/** Tenants beside each other, and what ends amid calls. */
export const tenantCases = { everyList, deletedAmid, suspended };
