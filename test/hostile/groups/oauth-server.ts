import assert from 'node:assert/strict';
import { addPerson } from '../../support/add-person.ts';
import {
  askToken,
  authorizeUrl,
  makePkce,
  OAuthBrowser,
  registerClient,
  type TestClient,
} from '../../support/oauth-browser.ts';
import type { HostileCase } from '../case.ts';
import type { World } from '../world/open-world.ts';
import { browserOf } from '../world/sign-in.ts';

const REDIRECT = 'http://127.0.0.1:1234/callback';

async function registered({ gateway }: World, metadata: object = {}): Promise<TestClient> {
  const { status, body } = await registerClient(gateway.url, { ...metadata });
  assert.equal(status, 201, JSON.stringify(body));
  return { id: body['client_id'] ?? '', redirectUri: body['redirect_uris']?.[0] ?? REDIRECT };
}

/** Begins an authorization that must end on a page of the gateway. */
async function endsHere({ gateway, answers }: World, client: TestClient): Promise<void> {
  const url = authorizeUrl(gateway.url, client, makePkce().challenge);
  const { answer, status, pages } = await new OAuthBrowser().authorize(url);
  for (const page of pages) answers.note(page);
  assert.equal(answer, undefined, `${client.id} ${client.redirectUri} leads to ${answer}`);
  assert.equal(status, 400, `${client.id} ${client.redirectUri}`);
  const shown = pages.join('');
  assert.ok(!shown.includes('href=') && !shown.includes('<form'), client.redirectUri);
}

const otherRedirect: HostileCase = {
  id: 'A16',
  title: 'redirect addresses that are not registered: another path, query, host, port, scheme',
  expected: 'a page that leads nowhere; addresses that run something are not registered at all',
  run: async (world) => {
    const native = await registered(world);
    const web = await registered(world, {
      redirect_uris: ['https://app.example/callback', 'http://localhost:3000/callback'],
      application_type: 'web',
    });
    const wrong: readonly (readonly [TestClient, string])[] = [
      [native, 'https://evil.example/callback'],
      [native, `${REDIRECT}/more`],
      [native, `${REDIRECT}/../callback2`],
      [native, `${REDIRECT}?extra=1`],
      [native, `${REDIRECT}#x`],
      [native, 'http://localhost:1234/callback'],
      [native, 'http://127.0.0.1:1234@evil.example/callback'],
      [native, 'javascript:alert(1)'],
      [web, 'https://app.example/callback/'],
      [web, 'https://app.example:444/callback'],
      [web, 'https://app.example.evil.example/callback'],
      [web, 'https://app.example/callback?next=https://evil.example'],
      [web, 'http://localhost:3001/callback'],
    ];
    for (const [client, redirectUri] of wrong) await endsHere(world, { ...client, redirectUri });
    for (const uri of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'http://evil.example/callback',
      'https://user:x@app.example/callback',
      'https://app.example/callback#x',
      'https://app.example\\@evil.example/',
      '//evil.example',
    ]) {
      const { status } = await registerClient(world.gateway.url, { redirect_uris: [uri] });
      assert.equal(status, 400, uri);
    }
  },
};

const secondClient: HostileCase = {
  id: 'A17',
  title: 'a second client in a browser whose person consented to the first; a forged consent',
  expected: 'a page that asks, in no frame; no code without a yes in this very browser',
  run: async (world) => {
    const { gateway, keys } = world;
    const person = await addPerson(gateway.url, keys.admin, 'developer');
    const browser = browserOf(person);
    const first = await registered(world, { client_name: 'First' });
    const { verifier, challenge } = makePkce();
    const done = await browser.authorize(authorizeUrl(gateway.url, first, challenge));
    const code = done.answer?.searchParams.get('code') ?? '';
    assert.notEqual(code, '');
    const second = await registered(world, { client_name: 'Second' });
    const url = authorizeUrl(gateway.url, second, makePkce().challenge);
    let next = url;
    let page = await browser.ask(next);
    for (let hop = 0; page.headers.get('location') !== null && hop < 5; hop++) {
      await page.body?.cancel();
      next = new URL(page.headers.get('location') ?? '', next).href;
      assert.ok(next.startsWith(gateway.url), `led away without a question: ${next}`);
      page = await browser.ask(next);
    }
    const html = await page.text();
    world.answers.note(html);
    assert.match(html, /Second/);
    assert.match(html, /value="allow"/);
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    // The yes of another browser, and that of another page.
    const yes = { decision: 'allow' };
    const stranger = await new OAuthBrowser().ask(next, yes);
    assert.ok(stranger.status >= 400, `another browser says yes: ${stranger.status}`);
    await stranger.body?.cancel();
    // A code is for the client that it was made for.
    const stolen = await askToken(gateway.url, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: second.redirectUri,
      client_id: second.id,
      code_verifier: verifier,
    });
    assert.equal(stolen.status, 400);
    const silent = authorizeUrl(gateway.url, second, makePkce().challenge, { prompt: 'none' });
    const { answer } = await browser.authorize(silent);
    assert.equal(answer?.searchParams.get('code') ?? null, null);
  },
};

const insideDocument: HostileCase = {
  id: 'A20',
  title: 'client ids that are addresses inside: loopback, metadata of a cloud, names, short forms',
  expected: 'a page that says the client is not known; nobody inside is asked',
  run: async (world) => {
    const { canary } = world;
    const { port } = canary;
    for (const id of [
      `https://127.0.0.1:${port}/client.json`,
      `https://localhost:${port}/client.json`,
      `https://[::1]:${port}/client.json`,
      `https://[::ffff:127.0.0.1]:${port}/client.json`,
      `https://2130706433:${port}/client.json`,
      `https://127.1:${port}/client.json`,
      `https://0x7f.1:${port}/client.json`,
      `https://0.0.0.0:${port}/client.json`,
      `http://127.0.0.1:${port}/client.json`,
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/client.json',
      `https://127.0.0.1:${world.evil.port}/client.json`,
      'file:///etc/passwd',
      'https://user@127.0.0.1/client.json',
    ]) {
      await endsHere(world, { id, redirectUri: `${canary.url}/callback` });
    }
    for (const field of ['jwks_uri', 'logo_uri', 'client_uri', 'sector_identifier_uri']) {
      const { body } = await registerClient(world.gateway.url, {
        [field]: `https://127.0.0.1:${port}/${field}`,
        token_endpoint_auth_method: field === 'jwks_uri' ? 'private_key_jwt' : 'none',
      });
      await askToken(world.gateway.url, {
        grant_type: 'authorization_code',
        code: 'made-up',
        client_id: body['client_id'] ?? '',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: 'eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.AAAA',
        redirect_uri: REDIRECT,
      });
    }
    assert.equal(canary.hits, 0);
  },
};

/** The gateway's own authorization server. */
export const oauthServerCases = { otherRedirect, secondClient, insideDocument };
