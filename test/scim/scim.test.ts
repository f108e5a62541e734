import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const WITHIN_MS = 1_000;

/** A whole gateway whose users an identity provider keeps by the key of a service account. */
describe('a gateway with users by SCIM', () => {
  let gateway: RunningGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(async () => {
    await gateway?.stop();
  });

  const send = (method: string, path: string, key: string, body?: object) =>
    fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': path.startsWith('/scim') ? 'application/scim+json' : 'application/json',
        accept: 'application/json, text/event-stream',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const made = async (path: string, key: string, body: object): Promise<Record<string, string>> => {
    const response = await send('POST', path, key, body);
    const text = await response.text();
    assert.equal(response.status, 201, text);
    return JSON.parse(text) as Record<string, string>;
  };
  const listTools = async (key: string): Promise<number> => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    return (await send('POST', '/mcp', key, body)).status;
  };

  test('refuses the key of a user whom SCIM deactivates, within a second', async () => {
    const admin = gateway.apiKey;
    await made('/api/v1/roles', admin, { name: 'scim', permissions: ['scim.manage'] });
    const robot = await made('/api/v1/service-accounts', admin, { name: 'idp', roles: ['scim'] });
    const subject = { name: 'idp', serviceAccountId: robot['id'] };
    const { apiKey: scim = '' } = await made('/api/v1/keys', admin, subject);
    assert.equal((await send('GET', '/api/v1/users', scim)).status, 403);
    const user = await made('/scim/v2/Users', scim, {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'ada@example.com',
    });
    const group = await made('/scim/v2/Groups', scim, {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'People',
      members: [{ value: user['id'] }],
    });
    const roles = { roles: ['viewer'] };
    assert.equal((await send('PATCH', `/api/v1/groups/${group['id']}`, admin, roles)).status, 200);
    const { apiKey: key = '' } = await made('/api/v1/keys', admin, {
      name: 'own',
      userId: user['id'],
    });
    assert.notEqual(await listTools(key), 401);
    const Operations = [{ op: 'Replace', path: 'active', value: 'False' }];
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    const path = `/scim/v2/Users/${user['id']}`;
    assert.equal((await send('PATCH', path, scim, { schemas, Operations })).status, 200);
    const endMs = Date.now() + WITHIN_MS;
    let status = await listTools(key);
    while (status !== 401 && Date.now() < endMs) {
      await sleep(20);
      status = await listTools(key);
    }
    assert.equal(status, 401);
    assert.equal((await send('GET', path, scim)).status, 200);
  });
});
