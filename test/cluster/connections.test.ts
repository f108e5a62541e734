import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { envelope, modernHeaders, post } from '../support/mcp-post.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { Browser } from '../vault/support/browser.ts';
import { startAccounts, type Addresses } from '../vault/support/start-accounts.ts';
import { startInstance, type Instance } from './support/instance.ts';
import { within } from './support/within.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;

describe('an account at a service that two gateways use', { skip, timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let server: PostgresServer;
  let accounts: Addresses;
  before(async () => {
    server = stack.use(await startPostgres(programs ?? ''));
    accounts = await startAccounts(stack);
  });
  after(() => stack.disposeAsync());

  for (const { name, settings } of [
    { name: 'hints', settings: [] },
    { name: 'polling', settings: ['database.notifications=false'] },
  ]) {
    test(`is of no use on the other within a second, by ${name}`, async () => {
      const { databaseUrl, drop } = await databaseOf(server, name);
      const options = { databaseUrl, settings: ['keys=database', ...settings] };
      await using one = await startInstance(options);
      await using other = await startInstance(options);
      const key = one.apiKey;
      const api = (method: string, path: string, body?: object) =>
        callApi({ url: one.url, apiKey: key }, method, path, body as Record<string, unknown>);
      const config = {
        url: accounts.resource,
        credentials: { type: 'authorizationCode', scopes: ['read'] },
      };
      await api('POST', '/register-service', { slug: 'diary', kind: 'mcp-http', config });
      for (let round = 0; round < 3; round++) {
        const { url } = await api('POST', '/api/v1/connections', { service: 'diary' });
        const end = await new Browser().connect(String(url));
        assert.equal(end.status, 200, end.text);
        const both = [one, other];
        await within(5_000, 'both act with the account', async () => {
          const said = await Promise.all(both.map((instance) => whoami(instance, key)));
          return said.every((text) => /account-\d+ /.test(text));
        });
        const { connections } = await api('GET', '/api/v1/connections');
        const [connection] = connections as readonly { readonly id: string }[];
        await api('DELETE', `/api/v1/connections/${connection?.id}`);
        const took = await within(1_000, 'the other does not act with it', async () => {
          return /Open this address/.test(await whoami(other, key));
        });
        assert.ok(took <= 1_000);
        assert.match(await whoami(one, key), /Open this address/);
      }
      await drop();
    });
  }
});

async function databaseOf(server: PostgresServer, name: string) {
  const { Client } = await import('pg');
  const owner = new Client({ connectionString: server.url });
  await owner.connect();
  await owner.query(`CREATE DATABASE accounts_${name}`);
  const databaseUrl = server.url.replace(/postgres$/, `accounts_${name}`);
  return { databaseUrl, drop: () => owner.end() };
}

/** What the service says to whom it is called for, or what the gateway says instead. */
async function whoami({ url }: Instance, key: string): Promise<string> {
  const params = { name: 'whoami', arguments: {}, _meta: envelope({}) };
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  const headers = { ...modernHeaders('tools/call', 'whoami'), authorization: `Bearer ${key}` };
  return JSON.stringify((await post(`${url}/mcp/diary`, body, headers)).body);
}
