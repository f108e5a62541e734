import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  authorizeUrl,
  logIn,
  makePkce,
  OAuthBrowser,
  registerClient,
  type TestClient,
} from '../../../../test/support/oauth-browser.ts';
import { startOAuthWorld, type OAuthWorld } from '../../../../test/support/authorization-world.ts';
import { limits } from '../../../kernel/limits.ts';

const WEB = 'https://app.example/callback';

async function webClient({ url }: OAuthWorld, name = 'Web client'): Promise<TestClient> {
  const metadata = { client_name: name, redirect_uris: [WEB] };
  const { body } = await registerClient(url, metadata);
  return { id: body['client_id'] ?? '', redirectUri: WEB };
}

/** The page that a browser is shown first, with its address. */
async function firstPage(browser: OAuthBrowser, url: string) {
  const begun = await browser.ask(url);
  const address = new URL(begun.headers.get('location') ?? '', url).href;
  const response = await browser.ask(address);
  return { address, response, html: await response.text() };
}

describe('the pages of consent', () => {
  test('have no scripts, no frames, and no name that is more than a text', async () => {
    await using world = await startOAuthWorld();
    const name = '<script>alert(1)</script>"\u202egnp';
    const client = await webClient(world, name);
    const { challenge } = makePkce();
    const browser = new OAuthBrowser();
    const url = authorizeUrl(world.url, client, challenge);
    const { response } = await firstPage(browser, url);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; /);
    assert.match(policy, /form-action 'self' https:\/\/app\.example; frame-ancestors 'none'/);
    assert.equal(response.headers.get('x-frame-options'), 'DENY');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const { pages } = await browser.authorize(url);
    assert.equal(pages.length, 2);
    for (const html of pages) {
      assert.ok(!/<script|<iframe|javascript:| on\w+=|\u202e/i.test(html));
      assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;gnp'));
    }
    assert.ok(pages[1]?.includes('<dd>app.example</dd>'));
    assert.ok(pages[1]?.includes('nobody vouches for its name'));
  });

  test('open only in the browser that began, and only by its own forms', async () => {
    await using world = await startOAuthWorld();
    const client = await webClient(world);
    const url = authorizeUrl(world.url, client, makePkce().challenge);
    const browser = new OAuthBrowser();
    const { address } = await firstPage(browser, url);
    const stranger = await new OAuthBrowser().ask(address);
    assert.equal(stranger.status, 400);
    const form = { decision: 'sign-in', login: 'ada', password: 'secret' };
    const posted = await new OAuthBrowser().ask(address, form);
    assert.equal(posted.status, 400);
    const cookies = await browser.ask(url);
    const own = cookies.headers.getSetCookie().map((line) => line.split(';')[0]);
    const place = new URL(cookies.headers.get('location') ?? '', url);
    const foreign = await fetch(place, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: own.join('; '), origin: 'https://evil.example' },
      body: new URLSearchParams(form),
    });
    // It is shown the page again, as if nothing had been sent.
    assert.equal(foreign.status, 200);
    assert.equal(foreign.headers.get('location'), null);
    for (const line of cookies.headers.getSetCookie()) {
      assert.match(line, /; httponly/i);
      assert.match(line, /; samesite=lax/i);
    }
  });

  test('say nothing of what was wrong, and ask for a second factor', async () => {
    await using world = await startOAuthWorld();
    world.people.set('eve', {
      userId: 'usr_eve',
      code: '123456',
      memberships: { ten_a: ['mcp.use'] },
    });
    const client = await webClient(world);
    const url = authorizeUrl(world.url, client, makePkce().challenge);
    const tries: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ login: 'ada', password: 'wrong' }, /Login, password or code is not right/],
      [{ login: 'nobody', password: 'secret' }, /Login, password or code is not right/],
      [{ login: 'eve', code: '000000' }, /Login, password or code is not right/],
      [{ login: 'eve' }, /a one-time code/],
    ];
    for (const [typed, said] of tries) {
      const { answer, status, pages } = await new OAuthBrowser().authorize(url, typed);
      assert.equal(answer, undefined);
      assert.equal(status, 401);
      assert.match(pages.at(-1) ?? '', said);
      assert.ok(!(pages.at(-1) ?? '').includes('secret'));
    }
    const { answer } = await new OAuthBrowser().authorize(url, { login: 'eve', code: '123456' });
    assert.ok(answer?.searchParams.get('code'));
  });

  test('let a person say no, to the client too', async () => {
    await using world = await startOAuthWorld();
    const client = await webClient(world);
    const url = authorizeUrl(world.url, client, makePkce().challenge);
    const { answer } = await new OAuthBrowser().authorize(url, { decision: 'deny' });
    assert.equal(answer?.searchParams.get('error'), 'access_denied');
    assert.equal(answer?.searchParams.get('iss'), world.url);
    assert.equal(world.grants.size, 0);
  });

  test('offer the tenants in which the person can give it, and no other', async () => {
    await using world = await startOAuthWorld();
    const memberships = {
      ten_a: ['services.read'],
      ten_b: ['mcp.use'],
      ten_c: ['mcp.use'],
    } as const;
    world.people.set('bob', { userId: 'usr_bob', memberships });
    const client = await webClient(world);
    const url = authorizeUrl(world.url, client, makePkce().challenge);
    const browser = new OAuthBrowser();
    const bob = { login: 'bob', tenant: 'ten_c' };
    const chosen = await browser.authorize(url, bob);
    const page = chosen.pages.at(-1) ?? '';
    const offered = [...page.matchAll(/<option value="([^"]+)"/g)].map(([, id]) => id);
    assert.deepEqual(offered, ['ten_b', 'ten_c']);
    assert.equal([...world.grants.values()][0]?.tenant, 'ten_c');
    for (const tenant of ['ten_a', 'ten_x', '']) {
      const { challenge } = makePkce();
      const again = authorizeUrl(world.url, client, challenge, { prompt: 'consent' });
      const { status } = await new OAuthBrowser().authorize(again, { login: 'bob', tenant });
      assert.equal(status, 200, 'the page is shown again');
    }
    world.people.set('dan', { userId: 'usr_dan', memberships: { ten_a: ['services.read'] } });
    const none = await new OAuthBrowser().authorize(url, { login: 'dan' });
    assert.equal(none.status, 403);
    assert.equal(world.grants.size, 1);
  });

  test('are skipped for what was granted before, to a client known by its host', async () => {
    await using world = await startOAuthWorld();
    const web = await webClient(world);
    const browser = new OAuthBrowser();
    await logIn(world.url, web, browser);
    const visit = async (client: TestClient, change = {}) => {
      const url = authorizeUrl(world.url, client, makePkce().challenge, change);
      return (await browser.authorize(url)).pages.length;
    };
    assert.equal(await visit(web), 0);
    // A grant of its own, all the same.
    assert.equal(world.grants.size, 2);
    assert.equal(await visit(web, { scope: 'mcp:orders' }), 1);
    assert.equal(await visit(web, { resource: `${world.url}/mcp/orders` }), 1);
    assert.equal(await visit(web, { prompt: 'consent' }), 1);
    assert.equal(await visit(await webClient(world, 'Another')), 1);
    const { body } = await registerClient(world.url);
    const native = { id: body['client_id'] ?? '', redirectUri: 'http://127.0.0.1:1234/callback' };
    assert.equal(await visit(native), 1);
    assert.equal(await visit(native), 1, 'any program may stand behind a port');
    // One that calls itself a web client and is answered there is no better.
    const local = { redirect_uris: ['http://localhost:3000/callback'], application_type: 'web' };
    const made = await registerClient(world.url, local);
    const page = { id: made.body['client_id'] ?? '', redirectUri: local.redirect_uris[0] ?? '' };
    assert.equal(await visit(page), 1);
    assert.equal(await visit(page), 1);
    world.people.set('ada', { userId: 'usr_ada', memberships: { ten_a: ['services.read'] } });
    const { status } = await browser.authorize(authorizeUrl(world.url, web, makePkce().challenge));
    assert.equal(status, 403, 'who lost the permission can give it no more');
  });

  test('ask for the password after oauthBrowserMs, and when the account is gone', async () => {
    await using world = await startOAuthWorld();
    const client = await webClient(world);
    const browser = new OAuthBrowser();
    await logIn(world.url, client, browser);
    const url = authorizeUrl(world.url, client, makePkce().challenge);
    world.people.delete('ada');
    const gone = await browser.authorize(url);
    assert.match(gone.pages[0] ?? '', /type="password"/);
    assert.equal(gone.status, 401);
    const back = { userId: 'usr_ada', memberships: { ten_a: ['mcp.use'] as const } };
    world.people.set('ada', back);
    await logIn(world.url, client, browser);
    world.clock.nowMs += limits.oauthBrowserMs + 1_000;
    const late = await browser.authorize(url);
    assert.match(late.pages[0] ?? '', /type="password"/);
  });

  test('end after oauthInteractionMs', async () => {
    await using world = await startOAuthWorld();
    const client = await webClient(world);
    const browser = new OAuthBrowser();
    const url = authorizeUrl(world.url, client, makePkce().challenge);
    const { address } = await firstPage(browser, url);
    world.clock.nowMs += limits.oauthInteractionMs + 1_000;
    assert.equal((await browser.ask(address)).status, 400);
  });
});
