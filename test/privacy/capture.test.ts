import assert from 'node:assert/strict';

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { control } from '../audit/support/control.ts';
import { within } from '../cluster/support/within.ts';
import {
  startChangingServer,
  toolNamed,
  type ChangingServer,
} from '../support/mcp-http/changing-server.ts';
import { envelope, modernHeaders, post } from '../support/mcp-post.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

/** These look into the SQLite file, whatever other tests run on. */
const environment = { MCP_GATEWAY_DATABASE_URL: '' };
// Put together here: whoever looks through the source for secrets must find none.
const TOKEN = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
const HOUR_MS = 3_600_000;

describe('the capture of calls', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let server: ChangingServer;
  before(async () => {
    server = await startChangingServer([toolNamed('say'), toolNamed('sing')]);
    server.answer = () => ({
      content: [{ type: 'text', text: `mail ada@mail.example, token ${TOKEN}, number 42` }],
    });
    gateway = await startGateway({ environment });
    const service = { slug: 'echo', kind: 'mcp-http', config: { url: server.url } };
    assert.equal((await control(gateway, 'POST', '/api/v1/services', service)).status, 201);
  });
  after(async () => {
    await gateway?.stop();
    await server?.[Symbol.asyncDispose]();
  });

  const call = async (name: string, given: JsonObject): Promise<string> => {
    const params = { name, arguments: given, _meta: envelope({}) };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    const authorization = `Bearer ${gateway.apiKey}`;
    const headers = { ...modernHeaders('tools/call', name), authorization };
    const answer = await post(`${gateway.url}/mcp`, body, headers);
    assert.equal(answer.status, 200);
    return JSON.stringify(answer);
  };
  const turnOn = (change: JsonObject = {}) =>
    control(gateway, 'PUT', '/api/v1/privacy/capture', {
      tools: ['echo__say'],
      sampleRate: 1,
      untilMs: Date.now() + HOUR_MS,
      keepHours: 1,
      ...change,
    });
  const captures = async (): Promise<readonly JsonObject[]> => {
    const { json } = await control(gateway, 'GET', '/api/v1/privacy/captures');
    return json['captures'] as readonly JsonObject[];
  };
  const rowsOf = (table: string): number => {
    const path = join(gateway.dataDirectory, 'gateway.db');
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const row = database.prepare(`SELECT count(*) AS rows FROM ${table}`).get();
      return Number(row?.['rows']);
    } finally {
      database.close();
    }
  };

  test('keeps nothing while it is off', async () => {
    await call('echo__say', { text: TOKEN });
    await wait(300);
    assert.deepEqual(await captures(), []);
    assert.deepEqual([rowsOf('capture'), rowsOf('vault_item')], [0, 0]);
  });

  test('keeps what it is asked to, redacted and sealed, and changes no answer', async () => {
    assert.equal((await turnOn()).status, 200);
    const answer = await call('echo__say', { text: `use ${TOKEN}`, password: 'hunter2 hunter2' });
    assert.ok(answer.includes(TOKEN), 'the caller gets what the service said');
    await call('echo__sing', { text: 'la' });
    await within(5_000, 'it is kept', async () => (await captures()).length > 0);
    await wait(300);
    const kept = await captures();
    assert.deepEqual(
      kept.map(({ tool, service, outcome }) => [tool, service, outcome]),
      [['say', 'echo', 'complete']],
    );
    const { json } = await control(
      gateway,
      'GET',
      `/api/v1/privacy/captures/${stringMember(kept[0], 'id')}`,
    );
    const text = JSON.stringify([json['arguments'], json['result']]);
    assert.match(text, /use \[redacted:github_token\]/);
    assert.match(text, /mail \[redacted:email\], token \[redacted:github_token\], number 42/);
    for (const secret of [TOKEN, 'hunter2', 'ada@mail', gateway.apiKey, 'protocolVersion']) {
      assert.ok(!text.includes(secret), `${secret} in ${text}`);
    }
    const path = join(gateway.dataDirectory, 'gateway.db');
    const database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare("SELECT sealed FROM vault_item WHERE owner = 'capture'").get() as {
      readonly sealed: string;
    };
    database.close();
    assert.match(row.sealed, /^v1\.\d+\.[\w-]+$/);
    const { json: audit } = await control(gateway, 'GET', '/api/v1/audit?kind=control&limit=5');
    const actions = (audit['events'] as readonly JsonObject[]).map(({ action }) => action);
    assert.ok(
      actions.includes('startCapture') && actions.includes('readCapture'),
      JSON.stringify(actions),
    );
  });

  test('ends at its time and when it is turned off', async () => {
    const before = (await captures()).length;
    await turnOn({ untilMs: Date.now() + 400 });
    await wait(500);
    await call('echo__say', { text: 'late' });
    await turnOn();
    assert.equal((await control(gateway, 'DELETE', '/api/v1/privacy/capture')).status, 204);
    await call('echo__say', { text: 'off' });
    await wait(300);
    assert.equal((await captures()).length, before);
  });

  test('shows nothing that has expired', async () => {
    await turnOn();
    const before = (await captures()).length;
    assert.ok(before > 0);
    const database = new DatabaseSync(join(gateway.dataDirectory, 'gateway.db'), {
      timeout: 5_000,
    });
    database.exec('UPDATE capture SET expires_at_ms = 1');
    database.close();
    assert.deepEqual(await captures(), []);
    await control(gateway, 'DELETE', '/api/v1/privacy/captures');
    assert.deepEqual([rowsOf('capture'), rowsOf('vault_item')], [0, 0]);
  });
});
