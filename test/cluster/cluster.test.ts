import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import {
  isJsonObject,
  objectMember,
  stringMember,
  type JsonObject,
} from '../../src/kernel/json.ts';
import { envelope, modernHeaders, post, resultText, type McpAnswer } from '../support/mcp-post.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { startInstance, tryStart, type Instance } from './support/instance.ts';
import { within } from './support/within.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;

/** Two gateways on one database; with notifications and, in a second round, without. */
describe('two gateways on one PostgreSQL', { skip }, () => {
  let server: PostgresServer | undefined;
  let upstream: ModernHttpServer;
  let database: Client;
  let url = '';
  before(async () => {
    server = await startPostgres(programs ?? '');
    const { user, password, port } = server;
    url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
    database = new Client({ connectionString: url });
    await database.connect();
    upstream = await startModernHttpServer();
  });
  after(async () => {
    await upstream[Symbol.asyncDispose]();
    await database.end();
    await server?.[Symbol.asyncDispose]();
  });

  const freshDatabase = async (name: string): Promise<string> => {
    await database.query(`CREATE DATABASE ${name}`);
    return url.replace(/postgres$/, name);
  };

  for (const { name, settings, servedMs } of [
    { name: 'hints', settings: [], servedMs: 2_000 },
    { name: 'polling', settings: ['database.notifications=false'], servedMs: 5_000 },
  ]) {
    test(`what one is told the other knows, by ${name}`, async () => {
      const databaseUrl = await freshDatabase(name);
      const options = { databaseUrl, settings: ['keys=database', ...settings] };
      await using one = await startInstance(options);
      await using other = await startInstance(options);
      assert.equal(other.apiKey, '', 'the first one made the administrator');
      const key = one.apiKey;

      await control(one, key, 'POST', '/api/v1/services', serviceAt(upstream));
      const servedAfterMs = await within(servedMs, 'registered on one, called on the other', () =>
        hasAnswer(other, key, 'orders', 'echo'),
      );
      assert.ok(servedAfterMs <= servedMs);

      const asked = await call(one, key, 'orders', 'ask');
      const result = objectMember(asked.body, 'result');
      const requestState = stringMember(result, 'requestState');
      assert.ok(requestState !== undefined, JSON.stringify(asked.body));
      const inputResponses = { who: { action: 'accept', content: {} } };
      const answered = await call(other, key, 'orders', 'ask', { inputResponses, requestState });
      assert.match(resultText(answered), /"s"\]$/, 'the upstream got its own state back');

      const bundle = { slug: 'desk', items: [{ kind: 'tool', service: 'orders', name: 'echo' }] };
      await control(one, key, 'POST', '/api/v1/bundles', { title: 'Desk', ...bundle });
      await within(servedMs, 'a bundle made on one, served by the other', async () => {
        const listed = await modern(other, key, '/mcp/bundles/desk', 'tools/list');
        return listed.status === 200;
      });

      const made = await control(one, key, 'POST', '/api/v1/keys', { name: 'second' });
      const second = stringMember(made, 'apiKey') ?? '';
      await within(1_000, 'a new key is taken by the other', () =>
        hasAnswer(other, second, 'orders', 'echo'),
      );
      await control(one, key, 'DELETE', `/api/v1/keys/${stringMember(made, 'id')}`);
      await within(1_000, 'a revoked key is refused by the other', async () => {
        return (await call(other, second, 'orders', 'echo')).status === 401;
      });

      const rule = { name: 'no', effect: 'deny', tools: ['orders__echo'] };
      const { id } = await control(one, key, 'POST', '/api/v1/policy/rules', rule);
      await within(1_000, 'what a rule denies on one is unknown to the other', async () => {
        return !(await hasAnswer(other, key, 'orders', 'echo'));
      });
      await control(other, key, 'DELETE', `/api/v1/policy/rules/${id as string}`);
      await within(1_000, 'a rule removed on the other is gone on the first', () =>
        hasAnswer(one, key, 'orders', 'echo'),
      );

      await control(other, key, 'PATCH', '/api/v1/services/orders', { enabled: false });
      await within(servedMs, 'disabled on the other, gone on the first', async () => {
        return !(await hasAnswer(one, key, 'orders', 'echo'));
      });
      await control(other, key, 'DELETE', '/api/v1/services/orders');
      await within(servedMs, 'removed on the other, unknown to the first', async () => {
        const { services } = await control(one, key, 'GET', '/api/v1/services');
        return Array.isArray(services) && services.length === 0;
      });
      await within(5_000, 'usage of both is in the database, by node', async () => {
        const records = new Client({ connectionString: databaseUrl });
        await records.connect();
        const { rows } = await records.query('SELECT DISTINCT node_id FROM usage_record');
        await records.end();
        return rows.length === 2;
      });
    });
  }

  test('who may no more act on one is refused by the other within a second', async () => {
    const databaseUrl = await freshDatabase('people');
    const options = { databaseUrl, settings: ['keys=database', 'database.notifications=false'] };
    await using one = await startInstance(options);
    await using other = await startInstance(options);
    const key = one.apiKey;
    const send = (method: string, path: string, body?: JsonObject) =>
      control(one, key, method, `/api/v1${path}`, body);
    const statusOf = async (token: string) =>
      (await modern(other, token, '/mcp', 'tools/list')).status;
    const user = await send('POST', '/users', { login: 'ada', roles: ['viewer'] });
    const userId = stringMember(user, 'id') ?? '';
    const made = await send('POST', '/keys', { name: 'hers', userId });
    const token = stringMember(made, 'apiKey') ?? '';
    const tenant = { name: 'Acme', owner: { login: 'eve' } };
    const acme = await send('POST', '/tenants', tenant);
    const eves = stringMember(acme, 'apiKey') ?? '';
    const acmeId = stringMember(objectMember(acme, 'tenant'), 'id');
    const changes = [
      [token, 401, 'PATCH', `/users/${userId}`, { status: 'deactivated' }],
      [token, 200, 'PATCH', `/users/${userId}`, { status: 'active' }],
      [token, 403, 'PATCH', `/users/${userId}`, { roles: ['billing'] }],
      [eves, 401, 'PATCH', `/tenants/${acmeId}`, { status: 'suspended' }],
      [eves, 200, 'PATCH', `/tenants/${acmeId}`, { status: 'active' }],
    ] as const;
    for (const known of [token, eves]) {
      await within(5_000, 'the other takes it', async () => (await statusOf(known)) === 200);
    }
    for (const [credential, status, method, path, body] of changes) {
      await send(method, path, body);
      const what = `${JSON.stringify(body)} is ${status} on the other`;
      await within(1_000, what, async () => (await statusOf(credential)) === status);
    }
  });

  test('each job runs on one, and on the other within 15 s after kill -9', async () => {
    const databaseUrl = await freshDatabase('jobs');
    const options = (id: string) => ({
      databaseUrl,
      settings: ['keys=database', `node.id=${id}`],
    });
    await using one = await startInstance(options('one'));
    await using other = await startInstance(options('other'));
    const jobs = new Client({ connectionString: databaseUrl });
    await jobs.connect();
    const holders = async (): Promise<Readonly<Record<string, string>>> => {
      const { rows } = await jobs.query('SELECT name, holder, ran_by FROM job_lease');
      const ran = (rows as { name: string; holder: string; ran_by: string }[]).filter(
        (row) => row.ran_by === row.holder,
      );
      return Object.fromEntries(ran.map((row) => [row.name, row.holder]));
    };
    try {
      const names = [
        'approvals.expire',
        'billing.export',
        'billing.invoices',
        'billing.periods',
        'billing.pools',
        'billing.rate',
        'billing.reconcile',
        'billing.rollups',
        'billing.spend',
        'chat.adopt',
        'oauth.sweep',
        'retention.keep',
        'sessions.expire',
        'sign-ins.expire',
        'signing-keys.rotate',
        'tasks.close',
        'tool-uses.expire',
        'webhooks.deliver',
        'webhooks.sweep',
      ];
      await within(10_000, 'every job has run', async () => {
        return Object.keys(await holders()).length === names.length;
      });
      const before = await holders();
      const dying = Object.values(before)[0] === 'one' ? one : other;
      const heir = dying === one ? 'other' : 'one';
      await dying.end('SIGKILL');
      const takenMs = await within(15_000, 'the other runs every job', async () => {
        const { rows } = await jobs.query('SELECT holder, expires_at_ms FROM job_lease');
        return (rows as { holder: string }[]).every(({ holder }) => holder === heir);
      });
      assert.ok(takenMs > 1_000, 'a lease is not taken while it lasts');
      assert.deepEqual(Object.keys(before).toSorted(), names);
    } finally {
      await jobs.end();
    }
  });

  test('a second instance with other keys does not start, and says what to do', async () => {
    const databaseUrl = await freshDatabase('keys');
    await using one = await startInstance({ databaseUrl });
    const without = await tryStart({ databaseUrl });
    assert.ok('code' in without, 'it has no key and makes none');
    assert.equal(without.code, 2);
    assert.match(without.stderr, /no signing\.key in .* copy it from a gateway that uses the/);

    await using helper = await startInstance({ databaseUrl: await freshDatabase('elsewhere') });
    await helper.end('SIGTERM');
    const refused = await tryStart({ databaseUrl, directory: helper.directory });
    assert.ok('code' in refused, 'its key is another');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /The key k1 of this gateway .* is not the key k1 .*; give this/);
    assert.equal(refused.stderr.trim().split('\n').length, 1);
    assert.ok(one.url);
  });
});

const serviceAt = (upstream: ModernHttpServer): JsonObject => ({
  slug: 'orders',
  kind: 'mcp-http',
  config: { url: upstream.url },
});

async function control(
  instance: Instance,
  key: string,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<JsonObject> {
  const response = await fetch(`${instance.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  const value: unknown = text === '' ? {} : JSON.parse(text);
  return isJsonObject(value) ? value : {};
}

async function modern(
  instance: Instance,
  key: string,
  path: string,
  method: string,
  params: JsonObject = {},
): Promise<McpAnswer> {
  const name = stringMember(params, 'name');
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: { ...params, _meta: envelope({ elicitation: { form: {} } }) },
  };
  const headers = { ...modernHeaders(method, name), authorization: `Bearer ${key}` };
  return await post(`${instance.url}${path}`, body, headers);
}

const call = (instance: Instance, key: string, slug: string, tool: string, more: JsonObject = {}) =>
  modern(instance, key, `/mcp/${slug}`, 'tools/call', { name: tool, arguments: {}, ...more });

async function hasAnswer(
  instance: Instance,
  key: string,
  slug: string,
  tool: string,
): Promise<boolean> {
  const { status, body } = await call(instance, key, slug, tool);
  return status === 200 && objectMember(body, 'result') !== undefined;
}
