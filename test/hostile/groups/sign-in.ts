import assert from 'node:assert/strict';
import { addPerson } from '../../support/add-person.ts';
import type { HostileCase, HostileGroup } from '../case.ts';
import { textOf } from '../world/client.ts';
import { PAGE, type World } from '../world/open-world.ts';
import { signInBrowser, trySignIn, type Attempt } from '../world/sign-in.ts';

/** What differs between two answers that say the same. */
const FRESH = /"(requestId|instance|traceId)":"[^"]*"|"retryAfterSeconds":\d+|\d+ s\b/g;

/** An answer without it. */
const plain = ({ status, text }: Attempt): string => `${status} ${text.replaceAll(FRESH, '')}`;

/** How long a wrong password takes says nothing: neither the account nor its absence. */
async function looksTheSame(world: World): Promise<void> {
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < 4; turn++) {
    const { login } = await addPerson(world.gateway.url, world.keys.admin, 'viewer');
    const from = `127.0.0.${80 + turn}`;
    for (let attempt = 0; attempt < 5; attempt++) {
      known.push((await trySignIn(world, from, login, 'wrong')).tookMs);
      unknown.push((await trySignIn(world, from, `nobody-${turn}`, 'wrong')).tookMs);
    }
  }
  // The least: what else the machine does only adds to it.
  const [ofKnown, ofUnknown] = [Math.min(...known), Math.min(...unknown)];
  const noise = Math.max(20, 0.2 * ofKnown);
  assert.ok(Math.abs(ofKnown - ofUnknown) < noise, `${ofKnown} ms and ${ofUnknown} ms`);
}

/** Guessing passwords. */
export const guessing: HostileCase = {
  id: 'A11',
  title: '20 wrong passwords for somebody, 20 for nobody, and 25 people from one address',
  expected: '429 after five for the account, after twenty for the address; nobody looks the same',
  run: async (world) => {
    const { gateway, keys } = world;
    const person = await addPerson(gateway.url, keys.admin, 'viewer');
    const bystander = await addPerson(gateway.url, keys.admin, 'viewer');
    const [known, unknown]: [Attempt[], Attempt[]] = [[], []];
    for (let turn = 0; turn < 20; turn++) {
      const wrong = `not the password ${turn}`;
      known.push(await trySignIn(world, '127.0.0.66', person.login, wrong));
      unknown.push(await trySignIn(world, '127.0.0.67', `person-${turn > 99}`, wrong));
    }
    assert.deepEqual(known.map(plain), unknown.map(plain));
    assert.ok(known.slice(0, 5).every(({ status }) => status === 401));
    for (const { status, retryAfter, text } of known.slice(5)) {
      assert.equal(status, 429);
      assert.ok(Number(retryAfter) >= 1 && !text.includes(person.login));
    }
    await looksTheSame(world);
    // The right one does not help while there is a wait, from nowhere.
    for (const from of ['127.0.0.66', '127.0.0.70']) {
      const { login, password } = person;
      assert.equal((await trySignIn(world, from, login, password)).status, 429);
    }
    const statuses: number[] = [];
    for (let turn = 0; turn < 25; turn++) {
      statuses.push((await trySignIn(world, '127.0.0.68', `guess-${turn}`, 'x')).status);
    }
    assert.deepEqual([statuses.indexOf(429), statuses.at(-1)], [20, 429]);
    const { login, password } = bystander;
    assert.equal((await trySignIn(world, '127.0.0.69', login, password)).status, 200);
  },
};

const foreignPage: HostileCase = {
  id: 'K3',
  title: 'changes by the cookie of a browser from other pages: fetch, form, text, _method, GET',
  expected: '403 or 415 and no change; the cookie opens nothing on the data plane',
  run: async (world) => {
    const { client, keys, gateway } = world;
    const person = await addPerson(gateway.url, keys.admin, 'admin');
    const { cookie, csrfToken, setCookie } = await signInBrowser(world, person);
    assert.match(setCookie, /HttpOnly/i);
    assert.match(setCookie, /SameSite=(Lax|Strict)/i);
    const body = { name: 'by a foreign page' };
    const own = { cookie, 'x-csrf-token': csrfToken };
    const attacks: readonly Readonly<Record<string, string>>[] = [
      { cookie },
      { cookie, 'x-csrf-token': '' },
      { cookie, 'x-csrf-token': `${csrfToken}x` },
      { ...own, origin: 'http://evil.example' },
      { ...own, origin: 'null' },
      { ...own, origin: PAGE },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { cookie, origin: gateway.url, 'sec-fetch-site': 'same-origin' },
      { ...own, 'content-type': 'text/plain' },
      { ...own, 'content-type': 'application/x-www-form-urlencoded' },
    ];
    for (const headers of attacks) {
      const { status } = await client.send('POST', '/api/v1/keys', { headers, body });
      assert.ok([403, 415].includes(status), `${JSON.stringify(headers)}: ${status}`);
    }
    for (const path of ['/api/v1/keys?_method=POST&name=x', '/auth/logout', '/register-service']) {
      const { status } = await client.send('GET', path, { headers: { cookie } });
      assert.ok([400, 404, 405].includes(status), `${path}: ${status}`);
    }
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' };
    const login = await client.send('POST', '/auth/sessions', { headers: foreign, body: person });
    assert.equal(login.status, 403, 'a foreign page signs a browser in');
    const { text } = await client.send('GET', '/api/v1/keys', { key: keys.admin });
    assert.ok(!text.includes(body.name));
    for (const path of ['/mcp', '/mcp/calm', '/services/calm/tools/work']) {
      const came = await client.send('POST', path, { headers: own, body: {} });
      assert.equal(came.status, 401, path);
    }
    const good = await client.send('POST', '/api/v1/keys', { headers: own, body: { name: 'own' } });
    assert.equal(good.status, 201, good.text);
    const path = `/api/v1/keys/${textOf(good.json, 'id')}`;
    assert.equal((await client.send('DELETE', path, { headers: own })).status, 204);
  },
};

const fixed: HostileCase = {
  id: 'K4',
  title: 'a cookie that somebody else set before the login, and one after the logout',
  expected: 'a new one at every login; the old one opens nothing',
  run: async (world) => {
    const { client, keys, gateway } = world;
    const person = await addPerson(gateway.url, keys.admin, 'viewer');
    const planted = await signInBrowser(world, person);
    const after = await signInBrowser(world, person, planted.cookie);
    assert.notEqual(after.cookie, planted.cookie);
    const status = async (cookie: string) =>
      (await client.send('GET', '/auth/sessions/current', { headers: { cookie } })).status;
    assert.equal(await status(planted.cookie), 401);
    const [name = ''] = after.cookie.split('=');
    const value = 'A'.repeat(after.cookie.length - name.length - 1);
    const chosen = await signInBrowser(world, person, `${name}=${value}`);
    assert.ok(!chosen.cookie.includes(value));
    assert.equal(await status(`${name}=${value}`), 401);
    const { cookie, csrfToken } = chosen;
    assert.equal(await status(cookie), 200);
    const headers = { cookie, 'x-csrf-token': csrfToken };
    const left = await client.send('DELETE', '/auth/sessions/current', { headers });
    assert.equal(left.status, 204);
    assert.equal(await status(cookie), 401, 'the cookie of a browser that left');
  },
};

/** Browsers that are signed in. */
export const browsers: HostileGroup = {
  heading: 'K. Browsers',
  cases: [foreignPage, fixed],
};
