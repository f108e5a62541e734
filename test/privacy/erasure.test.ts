import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { callTool, control } from '../audit/support/control.ts';
import { startInstance } from '../cluster/support/instance.ts';
import { within } from '../cluster/support/within.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';

/** These are about what is in a SQLite file, whatever other tests run on. */
const environment = { MCP_GATEWAY_DATABASE_URL: '' };
const PASSWORD = 'a long password of nobody';
const ADA = { login: 'ada.lovelace', name: 'Byron King', email: 'countess@mail.example' };
/** What nothing may hold of her afterwards. */
const traces = ['ada.lovelace', 'Byron', 'countess'];

interface Person {
  readonly id: string;
  readonly token: string;
  readonly apiKey: string;
}

const textIn = (answer: JsonObject, name: string): string =>
  stringMember(answer, name) ?? assert.fail(`${name} in ${JSON.stringify(answer)}`);

/** Makes a user who has signed in and made a key. */
async function addPerson(gateway: { url: string; apiKey: string }): Promise<Person> {
  const made = await control(gateway, 'POST', '/api/v1/users', { ...ADA, roles: ['developer'] });
  const id = textIn(made.json, 'id');
  const link = await control(gateway, 'POST', `/api/v1/users/${id}/password-reset`);
  const nobody = { url: gateway.url, apiKey: '' };
  const token = textIn(link.json, 'token');
  await post(nobody.url, '/auth/password/reset', { token, password: PASSWORD });
  const tokens = await post(nobody.url, '/auth/authenticate', {
    login: ADA.email,
    password: PASSWORD,
  });
  const accessToken = textIn(tokens, 'accessToken');
  const asAda = { url: gateway.url, apiKey: accessToken };
  const key = await control(asAda, 'POST', '/api/v1/keys', { name: 'laptop of Byron King' });
  return { id, token: accessToken, apiKey: textIn(key.json, 'apiKey') };
}

async function post(url: string, path: string, body: JsonObject): Promise<JsonObject> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}

const textOf = async (url: string, path: string, key: string): Promise<string> => {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  return await response.text();
};

/** The files under a folder that hold any of the texts. */
async function filesWith(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  assert.ok(files.some((name) => name.endsWith('gateway.db')));
  const found: string[] = [];
  for (const file of files) {
    const bytes = (await readFile(file)).toString('latin1').toLowerCase();
    if (texts.some((text) => bytes.includes(text.toLowerCase()))) found.push(file);
  }
  return found;
}

describe('a person who is erased', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let upstream: ModernHttpServer;
  let ada: Person;
  let totals: JsonObject;
  before(async () => {
    [gateway, upstream] = await Promise.all([
      startGateway({ environment }),
      startModernHttpServer(),
    ]);
    const config = { url: upstream.url };
    const service = { slug: 'orders', kind: 'mcp-http', config };
    await control(gateway, 'POST', '/api/v1/services', service);
    ada = await addPerson(gateway);
    const group = await control(gateway, 'POST', '/api/v1/groups', { name: 'team', roles: [] });
    const members = `/api/v1/groups/${textIn(group.json, 'id')}/members`;
    await control(gateway, 'POST', members, { userId: ada.id });
    // What people type in the wrong place.
    for (const path of [`/api/v1/users/${ADA.login}`, `/api/v1/users/${ADA.email}`]) {
      assert.equal((await control(gateway, 'DELETE', path)).status, 404);
    }
    await callTool(gateway, `orders__${ADA.email}`);
    for (let n = 0; n < 3; n++) {
      const called = await callTool({ url: gateway.url, apiKey: ada.apiKey }, 'orders__echo');
      assert.equal(called.status, 200);
    }
    totals = (await control(gateway, 'GET', '/api/v1/usage/summary')).json;
  });
  after(async () => {
    await gateway?.stop();
    await upstream?.[Symbol.asyncDispose]();
  });

  test('gets all that is kept of it, and no secret', async () => {
    const text = await textOf(gateway.url, '/api/v1/me/export', ada.token);
    const lines = text.trimEnd().split('\n');
    const kinds = new Set(lines.map((line) => (JSON.parse(line) as { kind: string }).kind));
    for (const kind of ['account', 'membership', 'role', 'group', 'key', 'grant', 'usage']) {
      assert.ok(kinds.has(kind), `${kind} in ${[...kinds].join(', ')}`);
    }
    assert.ok(kinds.has('auditEvent'));
    assert.equal(lines.filter((line) => line.startsWith('{"kind":"usage"')).length, 3);
    for (const secret of [ada.apiKey, ada.token, '$argon2']) assert.ok(!text.includes(secret));
    const byOwner = await textOf(
      gateway.url,
      `/api/v1/privacy/people/${ada.id}/export`,
      gateway.apiKey,
    );
    assert.ok(byOwner.includes(ADA.email));
  });

  test('is told of before, and then gone from every answer and every file', async () => {
    assert.notDeepEqual(await filesWith(gateway.dataDirectory, traces), [], 'the search works');
    const path = `/api/v1/privacy/people/${ada.id}/erasure`;
    const would = await control(gateway, 'POST', `${path}?dryRun=true`);
    assert.equal(would.json['account'], 'erased');
    assert.equal(
      (await control({ ...gateway, apiKey: ada.token }, 'GET', '/api/v1/me')).status,
      200,
    );
    const gone = await control(gateway, 'POST', path);
    assert.deepEqual(gone.json, { ...would.json, dryRun: false });

    for (const credential of [ada.token, ada.apiKey]) {
      const hers = { url: gateway.url, apiKey: credential };
      assert.equal((await control(hers, 'GET', '/api/v1/me')).status, 401);
      assert.equal((await callTool(hers, 'orders__echo')).status, 401);
    }
    const asked = await fetch(`${gateway.url}/auth/authenticate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: ADA.login, password: PASSWORD }),
    });
    assert.equal(asked.status, 401);

    for (const shown of [
      '/api/v1/users',
      `/api/v1/users/${ada.id}`,
      '/api/v1/keys',
      '/api/v1/groups',
      '/api/v1/usage',
      '/api/v1/audit/export',
      '/api/v1/invitations',
      '/scim/v2/Users',
    ]) {
      const text = await textOf(gateway.url, shown, gateway.apiKey);
      for (const trace of traces) assert.ok(!text.includes(trace), `${trace} in ${shown}`);
    }
    assert.deepEqual(await filesWith(gateway.dataDirectory, traces), []);
  });

  test('leaves records that stay whole and name nobody', async () => {
    const summary = (await control(gateway, 'GET', '/api/v1/usage/summary')).json;
    assert.deepEqual(summary, totals);
    const usage = await textOf(gateway.url, '/api/v1/usage', gateway.apiKey);
    assert.ok(usage.includes(ada.id), 'the id stays, and leads nowhere');
    const verification = await control(gateway, 'GET', '/api/v1/audit/verification');
    assert.deepEqual(verification.json['faults'], []);
    let out = '';
    const write = (text: string): void => void (out += text);
    const { dataDirectory } = gateway;
    process.kill(gateway.processId, 'SIGKILL');
    await within(10_000, 'the folder is free', async () => {
      const flags = [`--data-dir=${dataDirectory}`];
      return (await run(['audit', 'verify', ...flags], { out: write, error: write })) === 0;
    });
    assert.match(out, /FAULTS/);
    assert.deepEqual(await filesWith(dataDirectory, traces), []);
  });
});

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;

test('who is erased at one instance is let in at no other', { skip }, async () => {
  await using server = await startPostgres(programs ?? '');
  const { user, password, port } = server;
  const databaseUrl = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
  const settings = ['keys=database', 'server.publicUrl=https://gateway.example'];
  const options = { databaseUrl, settings };
  await using one = await startInstance(options);
  await using other = await startInstance(options);
  const ada = await addPerson(one);
  const there = (credential: string) =>
    control({ url: other.url, apiKey: credential }, 'GET', '/api/v1/me');
  for (const credential of [ada.token, ada.apiKey]) {
    assert.equal((await there(credential)).status, 200, 'the other has it in memory now');
  }
  const path = `/api/v1/privacy/people/${ada.id}/erasure`;
  assert.equal((await control(one, 'POST', path)).status, 200);
  for (const credential of [ada.token, ada.apiKey]) {
    await within(1_000, 'the other has heard of it', async () => {
      return (await there(credential)).status === 401;
    });
  }
});
