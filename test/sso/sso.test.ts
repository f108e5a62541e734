import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { CLIENT_SECRET, SsoBrowser, startSso, type SsoWorld } from './support/start-sso.ts';

let world: SsoWorld;
let start = '';
let callback = '';

before(async () => {
  world = await startSso();
  const made = await world.connect(world.gateway.apiKey, { domains: ['acme.example'] });
  start = text(made, 'startUrl');
  callback = `${world.gateway.url}/auth/sso/callback`;
});
after(() => world[Symbol.asyncDispose]());

const text = (json: JsonObject, name: string): string => stringMember(json, name) ?? '';

/** Signs a browser in; the last answer. */
async function signIn(browser = new SsoBrowser(), from = start): Promise<Response> {
  return browser.ask(await browser.walk(from, callback));
}

async function current(browser: SsoBrowser) {
  const response = await browser.ask(`${world.gateway.url}/auth/sessions/current`);
  const json = JSON.parse(await response.text()) as Record<string, string>;
  return { status: response.status, userId: json['userId'] ?? '', tenantId: json['tenantId'] };
}

async function rolesOf(browser: SsoBrowser): Promise<unknown> {
  const { userId } = await current(browser);
  const { json } = await world.api(world.gateway.apiKey, 'GET', `/api/v1/users/${userId}`);
  return json['roles'];
}

async function refused(response: Response, status = 403): Promise<void> {
  const html = await response.text();
  assert.equal(response.status, status, html);
  assert.match(html, /Not signed in/);
  assert.equal(response.headers.get('set-cookie'), null);
}

describe('signing in at a provider', () => {
  test('makes a user whose roles follow its groups at every login', async () => {
    const browser = new SsoBrowser();
    await world.person('ada', { name: 'Ada', groups: ['staff', 'leads'] });
    const answer = await signIn(browser, `${start}?next=/docs%3Fa%3Db`);
    assert.equal(answer.status, 303, await answer.text());
    assert.equal(answer.headers.get('location'), `${world.gateway.url}/docs?a=b`);
    const first = await current(browser);
    assert.equal(first.status, 200);
    assert.deepEqual(await rolesOf(browser), ['admin', 'developer']);

    await world.person('ada', { name: 'Ada', groups: ['staff'] });
    await signIn(browser);
    assert.equal((await current(browser)).userId, first.userId);
    assert.deepEqual(await rolesOf(browser), ['developer']);
    await world.person('ada', { name: 'Ada' });
    await signIn(browser);
    assert.deepEqual(await rolesOf(browser), []);
  });

  test('goes on to no other place than the gateway', async () => {
    await world.person('bob', { groups: ['staff'] });
    for (const next of ['//evil.example', 'https://evil.example/', '/\\evil.example']) {
      const answer = await signIn(new SsoBrowser(), `${start}?next=${encodeURIComponent(next)}`);
      assert.equal(answer.headers.get('location'), `${world.gateway.url}/console/`, next);
    }
  });

  test('lets nobody in whom no group gives a role, nor by an e-mail address', async () => {
    await world.person('eve', { groups: ['others'], email: 'admin@acme.example' });
    await refused(await signIn());
  });

  test('takes an answer once, from the browser that asked, with its own state', async () => {
    await world.person('bob', { groups: ['staff'] });
    const [browser, other] = [new SsoBrowser(), new SsoBrowser()];
    const answer = await browser.walk(start, callback);
    const wrong = new URL(answer);
    wrong.searchParams.set('state', 'A'.repeat(43));
    await refused(await browser.ask(wrong.href));
    assert.equal((await browser.ask(answer)).status, 303);
    await refused(await browser.ask(answer));
    const stolen = await browser.walk(start, callback);
    await refused(await other.ask(stolen));
    // Whoever tried it elsewhere has used it up.
    await refused(await browser.ask(stolen));
  });

  test('takes no answer of another issuer, nonce, challenge or client', async () => {
    await world.person('bob', { groups: ['staff'] });
    const browser = new SsoBrowser();
    const answer = new URL(await browser.walk(start, callback));
    answer.searchParams.set('iss', 'https://other.example');
    await refused(await browser.ask(answer.href));
    const without = new URL(await browser.walk(start, callback));
    without.searchParams.delete('iss');
    await refused(await browser.ask(without.href));
    for (const name of ['nonce', 'code_challenge']) {
      const changed = await browser.walk(start, callback, (url) => {
        const { origin, pathname } = new URL(url);
        const isAsked = origin === world.issuer && pathname === '/auth';
        const right = new URL(url);
        if (isAsked) right.searchParams.set(name, 'A'.repeat(43));
        return right.href;
      });
      await refused(await browser.ask(changed));
    }
    const denied = new URL(await browser.walk(start, callback));
    denied.searchParams.delete('code');
    denied.searchParams.set('error', 'access_denied');
    await refused(await browser.ask(denied.href));
  });

  test('begins at no page of another site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    await refused(await fetch(start, { headers, redirect: 'manual' }));
  });

  test('ends a person’s logins when the provider says so, within a second', async () => {
    await world.person('cat', { groups: ['staff'] });
    const browser = new SsoBrowser();
    await signIn(browser);
    assert.equal((await current(browser)).status, 200);
    await world.logout('cat', 'any');
    const untilMs = Date.now() + 1_000;
    let { status } = await current(browser);
    while (status === 200 && Date.now() < untilMs) ({ status } = await current(browser));
    assert.equal(status, 401);
    const form = new URLSearchParams({ logout_token: 'eyJ.eyJ.x' });
    for (const body of [form, new URLSearchParams(), 'logout_token=a&logout_token=b']) {
      const url = `${world.gateway.url}/auth/sso/backchannel-logout`;
      const response = await fetch(url, { method: 'POST', body });
      assert.equal(response.status, 400, await response.text());
    }
  });
});

describe('connections', () => {
  test('of another tenant are none of its users’, nor of its administrators', async () => {
    const { gateway, api } = world;
    const body = { name: 'Other', owner: { login: 'olga' } };
    const made = await api(gateway.apiKey, 'POST', '/api/v1/tenants', body);
    const key = text(made.json, 'apiKey');
    const theirs = await world.connect(key);
    await world.person('dan', { groups: ['staff'] });
    const browser = new SsoBrowser();
    assert.equal((await signIn(browser, text(theirs, 'startUrl'))).status, 303);
    const { tenantId } = await current(browser);
    assert.equal(tenantId, (made.json['tenant'] as { id?: string })['id']);
    // The same person of the same provider is a user of one tenant.
    await refused(await signIn(browser));
    const path = `/api/v1/sso-connections/${text(theirs, 'id')}`;
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await api(gateway.apiKey, method, path)).status, 404);
    }
    assert.equal((await api(key, 'PATCH', path, { enabled: false })).status, 200);
    const response = await fetch(text(theirs, 'startUrl'), { redirect: 'manual' });
    await refused(response, 404);
  });

  test('are found by a domain once the operator has verified it', async () => {
    const { api, gateway } = world;
    const key = gateway.apiKey;
    const discover = () =>
      api(key, 'POST', '/auth/sso/discover', { email: 'Somebody@ACME.example' });
    assert.equal((await discover()).status, 404);
    const list = await api(key, 'GET', '/api/v1/sso-connections');
    assert.ok(!JSON.stringify(list.json).includes(CLIENT_SECRET));
    const [first] = list.json['connections'] as { id: string; version: number }[];
    const { json: me } = await api(key, 'GET', '/api/v1/tenants');
    const tenants = me['tenants'] as { id: string; name: string }[];
    const own = tenants.find(({ name }) => name === 'default');
    const path = `/api/v1/tenants/${own?.id}/sso-connections/${first?.id}/domains`;
    const verified = await api(key, 'POST', path, { domainsVerified: true });
    assert.equal(verified.status, 200, JSON.stringify(verified.json));
    assert.deepEqual((await discover()).json, { startUrl: start });
    const change = { domains: ['acme.example', 'bank.example'] };
    await api(key, 'PATCH', `/api/v1/sso-connections/${first?.id}`, change);
    assert.equal((await discover()).status, 404, 'other domains are verified anew');
    assert.ok(!gateway.stderr().includes(CLIENT_SECRET));
  });
});
