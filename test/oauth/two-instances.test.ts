import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { startInstance, type Instance } from '../cluster/support/instance.ts';
import { addPerson } from '../support/add-person.ts';
import { freePort } from '../support/database-folder.ts';
import {
  authorizeUrl,
  makePkce,
  OAuthBrowser,
  type TestClient,
  type TokenAnswer,
} from '../support/oauth-browser.ts';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';

/** The whole scenario with OAUTH_SCENARIO=full; a part of it in every run. */
const IS_FULL = process.env['OAUTH_SCENARIO'] === 'full';
const LOGINS = IS_FULL ? 200 : 12;
const REFRESHES = IS_FULL ? 500 : 30;
const DOUBLED = IS_FULL ? 50 : 6;
const AT_ONCE = 8;

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;

describe('two gateways behind one address', { skip }, () => {
  test('take turns at every step of logins and refreshes, and none fails', async (t) => {
    await using server = await startPostgres(programs ?? '');
    const publicUrl = `http://127.0.0.1:${await freePort()}`;
    const settings = [`server.publicUrl=${publicUrl}`, 'keys=database'];
    const databaseUrl = server.url;
    await using one = await startInstance({ databaseUrl, settings });
    await using other = await startInstance({ databaseUrl, settings });
    const turn = takeTurns(publicUrl, [one, other]);
    const people = await Promise.all(
      Array.from({ length: 4 }, () => addPerson(one.url, one.apiKey, 'developer')),
    );
    const client = await register(turn, publicUrl);

    const families: string[] = [];
    const startedMs = performance.now();
    await inParallel(LOGINS, async (number) => {
      const person = people[number % people.length];
      const tokens = await logIn(turn, publicUrl, client, { ...person });
      assert.equal(tokens.status, 200, JSON.stringify(tokens.body));
      families.push(tokens.body['refresh_token'] ?? '');
      const { gid, aud } = decodeJwt(tokens.body['access_token'] ?? '');
      assert.equal(aud, `${publicUrl}/mcp`);
      assert.equal(await use(turn, publicUrl, tokens.body['access_token']), 200, String(gid));
    });
    assert.equal(new Set(families).size, LOGINS);

    let doubled = 0;
    await inParallel(LOGINS, async (number) => {
      const share = Math.ceil(REFRESHES / LOGINS);
      let token = families[number] ?? '';
      for (let round = 0; round < share; round++) {
        const isDoubled = round === 0 && number < DOUBLED;
        const asked = isDoubled ? [token, token] : [token];
        const answers = await Promise.all(
          asked.map((one) => refresh(turn, publicUrl, client, one)),
        );
        for (const { status, body } of answers) assert.equal(status, 200, JSON.stringify(body));
        const next = new Set(answers.map(({ body }) => body['refresh_token'] ?? ''));
        // Both asked at once, at two instances, and both are given the same successor.
        assert.equal(next.size, 1);
        if (isDoubled) doubled++;
        token = [...next][0] ?? '';
      }
      families[number] = token;
    });
    assert.equal(doubled, DOUBLED);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    t.diagnostic(`${LOGINS} logins and ${REFRESHES} refreshes, ${DOUBLED} doubled: ${seconds} s`);

    // What one revokes the other knows within a second.
    const last = await refresh(turn, publicUrl, client, families[0] ?? '');
    const access = last.body['access_token'] ?? '';
    assert.equal(await use(() => other.url, publicUrl, access), 200);
    const grantId = String(decodeJwt(access)['gid']);
    const ended = await fetch(`${one.url}/api/v1/grants/${grantId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${one.apiKey}` },
    });
    assert.equal(ended.status, 204);
    const endedMs = performance.now();
    while ((await use(() => other.url, publicUrl, access)) !== 401) {
      assert.ok(performance.now() - endedMs < 1_000, 'it is still good after a second');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

type Turn = (url: string) => string;

/** The next instance, whatever is asked. */
function takeTurns(publicUrl: string, instances: readonly Instance[]): Turn {
  let count = 0;
  return (url) => url.replace(publicUrl, instances[count++ % instances.length]?.url ?? '');
}

async function inParallel(total: number, run: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < total; number = next++) await run(number);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function register(turn: Turn, publicUrl: string): Promise<TestClient> {
  const redirectUri = 'http://127.0.0.1:45997/callback';
  const response = await fetch(turn(`${publicUrl}/oauth/register`), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Editor',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    }),
  });
  const { client_id: id = '' } = (await response.json()) as { client_id?: string };
  return { id, redirectUri, resource: `${publicUrl}/mcp` };
}

async function logIn(
  turn: Turn,
  publicUrl: string,
  client: TestClient,
  person: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const { verifier, challenge } = makePkce();
  const url = authorizeUrl(publicUrl, client, challenge);
  const { answer, pages } = await new OAuthBrowser(turn).authorize(url, person);
  const code = answer?.searchParams.get('code');
  assert.ok(code, pages.at(-1));
  return ask(turn, publicUrl, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri,
    client_id: client.id,
    code_verifier: verifier,
    resource: client.resource ?? '',
  });
}

function refresh(
  turn: Turn,
  publicUrl: string,
  { id }: TestClient,
  token: string,
): Promise<TokenAnswer> {
  const form = { grant_type: 'refresh_token', refresh_token: token, client_id: id };
  return ask(turn, publicUrl, form);
}

async function ask(
  turn: Turn,
  publicUrl: string,
  form: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const init = { method: 'POST', body: new URLSearchParams(form) };
  const response = await fetch(turn(`${publicUrl}/oauth/token`), init);
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] };
}

async function use(turn: Turn, publicUrl: string, token: string | undefined): Promise<number> {
  const response = await fetch(turn(publicUrl).replace(/\/$/, '') + '/mcp', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      },
    }),
  });
  await response.text();
  return response.status;
}
