import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { startModelServer, type ModelServer } from '../support/start-model-server.ts';
import { startInstance, type Instance } from './support/instance.ts';
import { within } from './support/within.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;
const SERVED_MS = 5_000;
const providers = '/api/v1/models/providers';

async function ask(
  { url }: Instance,
  key: string,
  method: string,
  path: string,
  body?: object,
): Promise<JsonObject> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${text}`);
  const answer: unknown = text === '' ? {} : JSON.parse(text);
  assert.ok(isJsonObject(answer));
  return answer;
}

describe('models on two gateways with one PostgreSQL', { skip }, () => {
  let server: PostgresServer | undefined;
  let vendor: ModelServer;
  /** Of the first start: the database is the same for all. */
  let firstKey = '';
  before(async () => {
    server = await startPostgres(programs ?? '');
    vendor = await startModelServer();
    vendor.mock.on({}, { content: 'Yes.', usage: { prompt_tokens: 3, completion_tokens: 1 } });
  });
  after(async () => {
    await vendor[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const notifications of ['true', 'false']) {
    test(`what one changes the other follows, notifications=${notifications}`, async () => {
      assert.ok(server);
      const { user, password, port } = server;
      const databaseUrl = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
      const settings = ['keys=database', `database.notifications=${notifications}`];
      const options = { databaseUrl, settings: [...settings, 'egress.allowLoopback=true'] };
      await using one = await startInstance(options);
      await using other = await startInstance(options);
      const key = one.apiKey === '' ? firstKey : (firstKey = one.apiKey);
      const named = async (name: string) =>
        JSON.stringify(await ask(other, key, 'GET', '/api/v1/models')).includes(`"${name}"`);
      assert.equal(await named('mine/some'), false);
      const made = await ask(one, key, 'POST', providers, {
        name: 'mine',
        settings: { kind: 'openai_compatible', baseUrl: vendor.baseUrl('openai_compatible') },
        key: 'key-of-mine',
        models: [{ id: 'some', contextTokens: 8_192 }],
      });
      await within(SERVED_MS, 'a provider added on one', () => named('mine/some'));
      const path = `${providers}/${stringMember(made, 'id')}`;
      const tried = await ask(other, key, 'POST', `${path}/test`, {});
      assert.equal(tried['ok'], true, JSON.stringify(tried));
      assert.equal(vendor.headers().at(-1)?.['authorization'], 'Bearer key-of-mine');
      await ask(one, key, 'DELETE', path);
      await within(SERVED_MS, 'a provider removed on one', async () => !(await named('mine/some')));
    });
  }
});
