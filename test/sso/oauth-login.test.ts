import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { chromium } from 'playwright-core';
import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import {
  askToken,
  authorizeUrl,
  makePkce,
  registerClient,
  type TestClient,
} from '../support/oauth-browser.ts';
import { SsoBrowser, startSso, type SsoWorld } from './support/start-sso.ts';

const CHROMIUM = '/usr/bin/chromium';
const REDIRECT = 'http://127.0.0.1:45995/callback';

const text = (json: JsonObject, name: string): string => stringMember(json, name) ?? '';

let world: SsoWorld;
let client: TestClient;
let connectionId = '';

before(async () => {
  world = await startSso();
  connectionId = text(await world.connect(world.gateway.apiKey), 'id');
  const { body } = await registerClient(world.gateway.url, { redirect_uris: [REDIRECT] });
  client = { id: body['client_id'] ?? '', redirectUri: REDIRECT };
});
after(() => world[Symbol.asyncDispose]());

/** The page of a question, where a browser that asks for authorization is led. */
async function question(browser: SsoBrowser, challenge: string) {
  const asked = authorizeUrl(world.gateway.url, client, challenge);
  const page = await browser.walk(asked, `${world.gateway.url}/oauth/interaction/`);
  const html = await (await browser.ask(page)).text();
  return { page, html };
}

const wayIn = (html: string): string | undefined =>
  /class="way" href="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');

/** Goes from a way that is offered to the page that asks for consent. */
async function consentBy(
  browser: SsoBrowser,
  way: string,
): Promise<{ page: string; html: string }> {
  const { url } = world.gateway;
  const back = await browser.walk(way, `${url}/oauth/interaction/`);
  const page = await browser.walk(back, `${url}/oauth/interaction/`);
  return { page, html: await (await browser.ask(page)).text() };
}

async function tokenOf(answer: string, verifier: string): Promise<string> {
  const { status, body } = await askToken(world.gateway.url, {
    grant_type: 'authorization_code',
    code: new URL(answer).searchParams.get('code') ?? '',
    redirect_uri: REDIRECT,
    client_id: client.id,
    code_verifier: verifier,
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body['access_token'] ?? '';
}

describe('logging in to a client by a tenant’s own provider', () => {
  test('leads by the provider to the consent, and to a token', async () => {
    await world.person('ada', { name: 'Ada', groups: ['staff'] });
    const browser = new SsoBrowser();
    const { verifier, challenge } = makePkce();
    const { html } = await question(browser, challenge);
    assert.match(html, /Log in with Acme/);
    const consent = await consentBy(browser, wayIn(html) ?? '');
    assert.match(consent.html, /Allow access\?/);
    const tenant = /name="tenant" value="([^"]+)"/.exec(consent.html)?.[1] ?? '';
    const answered = await browser.ask(consent.page, { decision: 'allow', tenant });
    const answer = await browser.walk(answered.headers.get('location') ?? '', REDIRECT);
    const token = await tokenOf(answer, verifier);
    assert.equal(decodeJwt(token).aud, `${world.gateway.url}/mcp`);
    const status = await fetch(`${world.gateway.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.notEqual(status.status, 401);
  });

  test('takes only a login that began after it was offered, in the same browser', async () => {
    await world.person('bob', { groups: ['staff'] });
    const { url } = world.gateway;
    const browser = new SsoBrowser();
    // A login that was there before is no answer to a question that came later.
    await browser.ask(
      await browser.walk(`${url}/auth/sso/${connectionId}/start`, `${url}/auth/sso/callback`),
    );
    const first = await question(browser, makePkce().challenge);
    assert.match(first.html, /Sign in/);
    assert.match(await (await browser.ask(first.page)).text(), /name="password"/);
    // Nor is one in a browser that was not asked.
    const other = new SsoBrowser();
    const way = wayIn(first.html) ?? '';
    const back = await other.walk(way, `${url}/oauth/interaction/`);
    assert.match(await (await other.ask(back)).text(), /expired, or belongs to another browser/);
  });

  test('finds the provider of an address, and no way where there is none', async () => {
    const { gateway, api } = world;
    const { page } = await question(new SsoBrowser(), makePkce().challenge);
    const browser = new SsoBrowser();
    const asked = await question(browser, makePkce().challenge);
    assert.notEqual(asked.page, page);
    // With a second connection in use nothing is offered before somebody says who it is.
    const second = await world.connect(gateway.apiKey, {
      name: 'Second',
      domains: ['second.example'],
    });
    const id = text(second, 'id');
    const tenant = text((await api(gateway.apiKey, 'GET', '/api/v1/tenant')).json, 'id');
    const find = async (email: string) => {
      const response = await browser.ask(asked.page, { decision: 'find-provider', email });
      return response.text();
    };
    assert.match(await find('ada@second.example'), /This address has no provider here/);
    const verified = await api(
      gateway.apiKey,
      'POST',
      `/api/v1/tenants/${tenant}/sso-connections/${id}/domains`,
      { domainsVerified: true },
    );
    assert.equal(verified.status, 200, JSON.stringify(verified.json));
    assert.equal(wayIn((await question(new SsoBrowser(), makePkce().challenge)).html), undefined);
    for (const email of ['x', '@second.example', 'a@b@second.example', 'a@%', 'a@other.example']) {
      assert.match(await find(email), /This address has no provider here/, email);
    }
    const html = await find('Ada@Second.Example');
    assert.match(html, /Log in with Second/);
    await world.person('eva', { groups: ['staff'] });
    const consent = await consentBy(browser, wayIn(html) ?? '');
    assert.match(consent.html, /Allow access\?/);
    await api(gateway.apiKey, 'DELETE', `/api/v1/sso-connections/${id}`);
  });

  test('gives nothing in another tenant of the same person', async () => {
    const { gateway, api } = world;
    await world.person('two', { groups: ['staff'] });
    const browser = new SsoBrowser();
    const { html } = await question(browser, makePkce().challenge);
    const consent = await consentBy(browser, wayIn(html) ?? '');
    assert.match(consent.html, /Allow access\?/);
    const body = { name: 'Other tenant', owner: { login: 'olga' } };
    const made = await api(gateway.apiKey, 'POST', '/api/v1/tenants', body);
    const key = text(made.json, 'apiKey');
    const invited = await api(key, 'POST', '/api/v1/invitations', { roles: ['developer'] });
    const joinUrl = `${gateway.url}/auth/invitations/join`;
    const current = await browser.ask(`${gateway.url}/auth/sessions/current`);
    const { csrfToken } = JSON.parse(await current.text()) as { csrfToken: string };
    const joined = await fetch(joinUrl, {
      method: 'POST',
      headers: {
        cookie: browser.cookies(joinUrl),
        'x-csrf-token': csrfToken,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ token: text(invited.json, 'token') }),
    });
    assert.equal(joined.status, 200, await joined.text());
    const again = await (await browser.ask(consent.page)).text();
    assert.match(again, /Allow access\?/);
    assert.doesNotMatch(again, /Other tenant/);
    // The browser is known now; it is asked again, and still for the one tenant alone.
    const next = await question(browser, makePkce().challenge);
    assert.match(next.html, /Allow access\?/);
    assert.doesNotMatch(next.html, /Other tenant/);
  });
});

describe(
  'a person in a real browser',
  {
    skip: existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`,
  },
  () => {
    test('goes to its provider and comes back to decide', async () => {
      await world.person('zoe', { name: 'Zoe', groups: ['staff'] });
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        const { verifier, challenge } = makePkce();
        await page.goto(authorizeUrl(world.gateway.url, client, challenge));
        assert.equal(await page.title(), 'Sign in');
        await page.click('a.way');
        await page.waitForURL(`${world.gateway.url}/oauth/interaction/**`);
        assert.equal(await page.title(), 'Allow access?');
        await page.route(`${REDIRECT}**`, (route) => route.fulfill({ body: 'Done.' }));
        await page.click('button[value=allow]');
        await page.waitForURL(`${REDIRECT}**`);
        assert.ok((await tokenOf(page.url(), verifier)).length > 0);
      } finally {
        await browser.close();
      }
    });
  },
);
