import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../../../../kernel/errors.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { connectRoutes, type ConnectPageDeps } from './connect-routes.ts';

const STATE = 's'.repeat(43);
const page = { userId: 'usr_1', tenant: tenantId('ten_a'), service: '<b>Diary</b>' };

function world(opener?: string) {
  const left: string[] = [];
  const deps: ConnectPageDeps = {
    connections: {
      page: (state) =>
        state === STATE ? Promise.resolve(page) : Promise.reject(new GatewayError('not_found')),
      depart: (state) => {
        left.push(state);
        return Promise.resolve({ url: 'https://as.example/a?state=next', browser: 'secret' });
      },
      arrive: (_parameters, browser) =>
        browser === 'secret'
          ? Promise.resolve(page)
          : Promise.reject(new GatewayError('not_found', 'not in this browser')),
    },
    publicUrl: () => 'https://gw.example/base',
    openerOf: () => Promise.resolve(opener),
    userName: () => Promise.resolve('Ann "&" Bob'),
    log: silentLog,
  };
  const routes = connectRoutes(deps);
  const send = async (method: string, path: string, url: string, cookie = '') => {
    const route = routes.find((one) => one.method === method && one.paths[0] === path);
    assert.ok(route !== undefined);
    const request = new Request(url, { headers: { cookie } });
    const params = { state: url.split('/').at(-1) };
    const none = { query: {}, body: undefined, principal: undefined, ifVersion: undefined };
    const client = { address: '', isEncrypted: false };
    return await route.handle({ ...none, params, request, client, session: undefined });
  };
  const open = (method: 'get' | 'post', state = STATE) =>
    send(method, '/connect/{state}', `https://gw.example/base/connect/${state}`);
  return { send, open, left };
}

describe('the pages at which users connect', () => {
  test('name user and service as text, load nothing and stand in no frame', async () => {
    const response = await world().open('get');
    const text = await response.text();
    assert.equal(response.status, 200);
    assert.ok(text.includes('Ann &#34;&#38;&#34; Bob'));
    assert.equal(text.includes('<b>'), false);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal((await world().open('get', 'x'.repeat(43))).status, 400);
  });

  test('are for their own user: another one is refused, and nothing is used up', async () => {
    for (const method of ['get', 'post'] as const) {
      const other = world('usr_2');
      assert.equal((await other.open(method)).status, 403);
      assert.deepEqual(other.left, []);
      assert.notEqual((await world('usr_1').open(method)).status, 403);
    }
  });

  test('send the browser on with a cookie of this way, which brings it back', async () => {
    const { open, send } = world();
    const gone = await open('post');
    assert.equal(gone.status, 303);
    assert.equal(gone.headers.get('location'), 'https://as.example/a?state=next');
    const cookie = gone.headers.get('set-cookie') ?? '';
    assert.match(cookie, /; Path=\/base\/connect; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/);
    const [pair = ''] = cookie.split(';');
    const back = (state: string, sent: string) =>
      send('get', '/connect/callback', `https://gw.example/connect/callback?state=${state}`, sent);
    assert.equal((await back('next', `a=b; ${pair}`)).status, 200);
    assert.equal((await back('other', pair)).status, 400);
    assert.equal((await back('next', '')).status, 400);
  });

  test('have a document beside them that says who the gateway is', async () => {
    const response = await world().send('get', '/connect/client.json', 'https://gw.example/x');
    const document = (await response.json()) as Record<string, unknown>;
    assert.equal(document['client_id'], 'https://gw.example/base/connect/client.json');
    assert.deepEqual(document['redirect_uris'], ['https://gw.example/base/connect/callback']);
    assert.deepEqual(document['grant_types'], ['authorization_code', 'refresh_token']);
    assert.equal(document['token_endpoint_auth_method'], 'none');
  });
});
