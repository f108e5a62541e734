import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { startInstance } from '../cluster/support/instance.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { until } from '../support/until.ts';
import { startReceiver } from './receiver.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;
const MESSAGES = 40;

describe('webhooks of two gateways on one PostgreSQL', { skip, timeout: 120_000 }, () => {
  let server: PostgresServer | undefined;
  before(async () => (server = await startPostgres(programs ?? '')));
  after(async () => await server?.[Symbol.asyncDispose]());

  test('each message is sent by one of them; when it is killed, by the other', async () => {
    const { user, password, port } = server as PostgresServer;
    const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
    const settings = (id: string) => ['keys=database', `node.id=${id}`];
    await using one = await startInstance({ databaseUrl: url, settings: settings('one') });
    await using other = await startInstance({ databaseUrl: url, settings: settings('other') });
    const holding = { isHeld: false };
    await using receiver = await startReceiver({
      '/hook': (response) => {
        if (!holding.isHeld) response.writeHead(200).end();
      },
    });
    const api = (path: string, body?: object) =>
      callApi({ url: other.url, apiKey: one.apiKey }, 'POST', path, { ...body });
    const made = await api('/api/v1/webhooks', { url: `${receiver.url}/hook`, topics: ['*'] });
    const path = `/api/v1/webhooks/${String(made['id'])}/test`;
    const sent = new Set<unknown>();
    for (let count = 0; count < MESSAGES; count++) sent.add((await api(path))['eventId']);
    await until(() => receiver.received.length >= MESSAGES);
    const ids = () => receiver.received.map(({ headers }) => headers['webhook-id']);
    assert.deepEqual(new Set(ids()), sent);
    assert.equal(ids().length, MESSAGES, 'two who send would have sent some twice');

    holding.isHeld = true;
    const { eventId } = await api(path);
    await until(() => ids().at(-1) === eventId);
    const database = new Client({ connectionString: url });
    await database.connect();
    const { rows } = await database.query<{ holder: string }>(
      `SELECT holder FROM job_lease WHERE name = 'webhooks.deliver'`,
    );
    await database.end();
    holding.isHeld = false;
    await (rows[0]?.holder === 'one' ? one : other).end('SIGKILL');
    await until(() => ids().filter((id) => id === eventId).length === 2);
  });
});
