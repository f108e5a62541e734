import assert from 'node:assert/strict';
import { addPerson } from '../../support/add-person.ts';
import { objectMember, stringMember } from '../../../src/kernel/json.ts';
import type { HostileCase } from '../case.ts';
import { serviceIdOf, textOf, type Came } from '../world/client.ts';
import type { World } from '../world/open-world.ts';
import { signedIn, signInBrowser } from '../world/sign-in.ts';

/** Registers a service of which everybody has an own account; runs; takes it away. */
async function withDiary(world: World, run: (slug: string) => Promise<void>): Promise<void> {
  const { client, keys, accounts } = world;
  const slug = 'diary';
  const credentials = { type: 'authorizationCode', scopes: ['read'] };
  const config = { url: `${accounts.origin}/mcp/${slug}`, credentials };
  const body = { slug, title: 'Diary', kind: 'mcp-http', config };
  const made = await client.send('POST', '/register-service', { key: keys.admin, body });
  assert.equal(made.status, 201, made.text);
  try {
    await run(slug);
  } finally {
    accounts.reset();
    await client.send('DELETE', `/api/v1/services/${serviceIdOf(made)}`, { key: keys.admin });
  }
}

/** The path of the page at which the holder of a key connects an account. */
async function pageFor({ client, gateway }: World, key: string, slug: string): Promise<string> {
  const body = { service: slug };
  const begun = await client.send('POST', '/api/v1/connections', { key, body });
  assert.equal(begun.status, 200, begun.text);
  return textOf(begun.json, 'url').replace(gateway.url, '');
}

/** What a browser takes along from the page. */
interface Underway {
  readonly came: Came;
  readonly state: string;
  readonly cookie: string;
}

async function depart({ client }: World, page: string, cookie = ''): Promise<Underway> {
  const headers = cookie === '' ? {} : { cookie };
  const came = await client.send('POST', page, { headers });
  const location = URL.parse(came.headers.get('location') ?? '');
  const [own = ''] = (came.headers.get('set-cookie') ?? '').split(';');
  return { came, state: location?.searchParams.get('state') ?? '', cookie: own };
}

function arrive(
  { client }: World,
  parameters: Readonly<Record<string, string>>,
  cookie: string,
): Promise<Came> {
  const path = `/connect/callback?${new URLSearchParams(parameters)}`;
  return client.send('GET', path, { headers: cookie === '' ? {} : { cookie } });
}

/** Connects an account of this name. */
async function connect(world: World, key: string, slug: string, account: string): Promise<void> {
  const { state, cookie, came } = await depart(world, await pageFor(world, key, slug));
  assert.equal(came.status, 303, came.text);
  const parameters = { code: `code-${account}`, state, iss: world.accounts.origin };
  const end = await arrive(world, parameters, cookie);
  assert.equal(end.status, 200, end.text);
}

const forgedCallback: HostileCase = {
  id: 'A15',
  title: 'callbacks without state, with a made-up, another browser’s, a used one, a wrong issuer',
  expected: '400 and a page; the authorization server is asked for no token',
  run: (world) =>
    withDiary(world, async (slug) => {
      const { keys, accounts } = world;
      const begin = async () => depart(world, await pageFor(world, keys.admin, slug));
      const iss = accounts.origin;
      const mine = await begin();
      const [theirs, strange] = [await begin(), await begin()];
      const asked = accounts.tokensAsked;
      const made = Buffer.alloc(32, 7).toString('base64url');
      const attacks: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
        [{ code: 'code-eve', iss }, mine.cookie],
        [{ code: 'code-eve', state: '', iss }, mine.cookie],
        [{ code: 'code-eve', state: made, iss }, mine.cookie],
        [{ code: 'code-eve', state: mine.state, iss }, ''],
        [{ code: 'code-eve', state: mine.state, iss }, theirs.cookie],
        [{ code: 'code-eve', state: theirs.state, iss }, mine.cookie],
        [{ code: 'code-eve', state: 'x'.repeat(8_000), iss }, mine.cookie],
      ];
      for (const [parameters, cookie] of attacks) {
        const { status } = await arrive(world, parameters, cookie);
        assert.equal(status, 400, JSON.stringify(parameters).slice(0, 100));
      }
      const wrongIssuers: readonly Readonly<Record<string, string>>[] = [
        { code: 'code-eve', state: theirs.state, iss: 'https://evil.example' },
        { error: 'access_denied', state: strange.state, iss: 'https://evil.example' },
      ];
      for (const [at, parameters] of wrongIssuers.entries()) {
        const { status, text } = await arrive(
          world,
          parameters,
          [theirs, strange][at]?.cookie ?? '',
        );
        assert.ok(status >= 400 && status < 600, JSON.stringify(parameters));
        assert.ok(!text.includes('evil.example'));
      }
      assert.equal(accounts.tokensAsked, asked, 'a token was asked for');
      const good = { code: 'code-ada', state: mine.state, iss };
      assert.equal((await arrive(world, good, mine.cookie)).status, 200);
      assert.equal((await arrive(world, good, mine.cookie)).status, 400, 'a used state');
      assert.equal(accounts.tokensAsked, asked + 1);
    }),
};

const evilEndpoints: HostileCase = {
  id: 'A18b',
  title: 'an account’s authorization server with endpoints that are scripts, files, flags, inside',
  expected: 'a page that says so; no browser is sent there, nothing is started, nobody is asked',
  run: (world) =>
    withDiary(world, async (slug) => {
      const { keys, accounts, canary } = world;
      for (const address of [
        'javascript:alert(1)',
        'file:///etc/passwd',
        'data:text/html,x',
        '$(id)',
        '--upload-pack=x',
        'http://evil.example/authorize',
        'https://user:x@evil.example/authorize',
        '/relative',
        '',
        7,
      ]) {
        for (const name of ['authorization_endpoint', 'token_endpoint', 'registration_endpoint']) {
          accounts.metadata = { [name]: address };
          const { came } = await depart(world, await pageFor(world, keys.admin, slug));
          assert.ok(came.status >= 400, `${name} ${address}: ${came.status}`);
          assert.equal(came.headers.get('location'), null);
          assert.ok(String(address).length < 5 || !came.text.includes(String(address)));
        }
      }
      // Addresses that the gateway itself would ask.
      for (const name of ['token_endpoint', 'jwks_uri', 'revocation_endpoint']) {
        accounts.metadata = { [name]: `${canary.url}/x` };
        const { state, cookie } = await depart(world, await pageFor(world, keys.admin, slug));
        if (state === '' || name !== 'token_endpoint') continue;
        const parameters = { code: 'code-eve', state, iss: accounts.origin };
        assert.ok((await arrive(world, parameters, cookie)).status >= 400);
      }
      accounts.reset();
      for (const named of [`${canary.url}/x`, 'file:///etc/passwd', 'http://169.254.169.254/x']) {
        accounts.challenge = `resource_metadata="${named}"`;
        await world.client.call(keys.admin, `/mcp/${slug}`, 'who');
        const page = await pageFor(world, keys.admin, slug);
        await depart(world, page);
      }
      assert.equal(canary.hits, 0);
    }),
};

const otherMetadata: HostileCase = {
  id: 'A19',
  title: 'metadata of another issuer, without S256, with plain PKCE only',
  expected: 'a page that says so; no browser is sent there',
  run: (world) =>
    withDiary(world, async (slug) => {
      const { keys, accounts } = world;
      for (const metadata of [
        { issuer: 'https://evil.example' },
        { issuer: `${accounts.origin}/` },
        { issuer: accounts.origin.toUpperCase() },
        { issuer: '' },
        { code_challenge_methods_supported: ['plain'] },
        { code_challenge_methods_supported: [] },
        { code_challenge_methods_supported: 'S256' },
      ]) {
        accounts.metadata = metadata;
        const { came } = await depart(world, await pageFor(world, keys.admin, slug));
        assert.ok(came.status >= 400, `${JSON.stringify(metadata)}: ${came.status}`);
        assert.equal(came.headers.get('location'), null);
      }
    }),
};

const otherAccount: HostileCase = {
  id: 'B8',
  title: 'calls, resources and prompts of a service of which only another has an account',
  expected: 'one is asked to connect an own account; the other’s is never used',
  run: (world) =>
    withDiary(world, async (slug) => {
      const { client, keys, accounts, gateway } = world;
      await connect(world, keys.admin, slug, 'ada');
      const second = await signedIn(world, await addPerson(gateway.url, keys.admin, 'developer'));
      const path = `/mcp/${slug}`;
      const ways = [
        ['tools/call', { name: 'who', arguments: {} }],
        ['resources/read', { uri: 'diary://mine' }],
        ['prompts/get', { name: 'mine' }],
      ] as const;
      for (const [method, params] of ways) {
        const own = await client.mcp(keys.admin, path, method, params);
        assert.match(own.text, /I am ada/, `${method} ${own.text.slice(0, 300)}`);
      }
      const uses = accounts.uses;
      for (const [method, params] of ways) {
        const came = await client.mcp(second, path, method, params);
        assert.match(came.text, /Open this address/, `${method} ${came.text.slice(0, 300)}`);
        assert.doesNotMatch(came.text, /ada/);
      }
      const rest = await client.send('POST', `/services/${slug}/tools/who`, {
        key: second,
        body: {},
      });
      assert.ok(rest.status >= 400 && !rest.text.includes('I am'), rest.text.slice(0, 200));
      assert.equal(accounts.uses, uses, 'the account of somebody else was used');
      await connect(world, second, slug, 'bob');
      for (let turn = 0; turn < 3; turn++) {
        const both = await Promise.all(
          [keys.admin, second].map((key) => client.call(key, path, 'who')),
        );
        assert.match(both[0]?.text ?? '', /I am ada/);
        assert.match(both[1]?.text ?? '', /I am bob/);
      }
      const { text } = await client.send('GET', '/api/v1/connections', { key: keys.admin });
      const mine = /"id":"(con_[^"]+)"/.exec(text)?.[1] ?? '';
      const taken = await client.send('DELETE', `/api/v1/connections/${mine}`, { key: second });
      assert.equal(taken.status, 404);
    }),
};

const otherPage: HostileCase = {
  id: 'B9',
  title: 'the address at which one connects an account, opened by another who is signed in',
  expected: 'refused, page and form; the account goes to nobody',
  run: (world) =>
    withDiary(world, async (slug) => {
      const { client, keys, accounts, gateway } = world;
      const capabilities = { elicitation: { url: {} } };
      const question = await client.mcp(keys.admin, `/mcp/${slug}`, 'tools/call', {
        name: 'who',
        arguments: {},
        _meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities },
      });
      const requests = objectMember(objectMember(question.json, 'result'), 'inputRequests');
      const params = objectMember(objectMember(requests, 'connect'), 'params');
      const asked = (stringMember(params, 'url') ?? '').replace(gateway.url, '');
      const pages = [await pageFor(world, keys.admin, slug), ...(asked === '' ? [] : [asked])];
      const person = await addPerson(gateway.url, keys.admin, 'developer');
      const { cookie } = await signInBrowser(world, person);
      const tokens = accounts.tokensAsked;
      for (const page of pages) {
        const shown = await client.send('GET', page, { headers: { cookie } });
        assert.ok([400, 403, 404].includes(shown.status), `${shown.status}`);
        assert.doesNotMatch(shown.text, /<form/);
        const sent = await depart(world, page, cookie);
        assert.ok([400, 403, 404].includes(sent.came.status), `${sent.came.status}`);
        assert.equal(sent.came.headers.get('location'), null);
      }
      assert.equal(accounts.tokensAsked, tokens);
      const admin = { login: 'admin', password: gateway.password };
      const own = await signInBrowser(world, admin);
      const page = pages[0] ?? '';
      const shown = await client.send('GET', page, { headers: { cookie: own.cookie } });
      assert.equal(shown.status, 200, shown.text);
    }),
};

/** The gateway as a client of other people's authorization servers. */
export const accountCases = {
  forgedCallback,
  evilEndpoints,
  otherMetadata,
  otherAccount,
  otherPage,
};
export { withDiary, connect };
