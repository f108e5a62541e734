import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { decodeJwt } from 'jose';
import { addPerson, type SignInPerson } from '../support/add-person.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { OAuthBrowser, registerClient } from '../support/oauth-browser.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { runAuthorizationSuite } from './run-authorization-suite.ts';
import { MemoryProvider } from './sdk-provider.ts';

const REDIRECT = 'http://127.0.0.1:45999/callback';

describe('the official SDK, logging in to a gateway', () => {
  let gateway: RunningGateway;
  let upstream: ModernHttpServer;
  let person: SignInPerson;
  before(async () => {
    upstream = await startModernHttpServer();
    gateway = await startGateway();
    await register(gateway, upstream);
    person = await addPerson(gateway.url, gateway.apiKey, 'developer');
  });
  after(async () => {
    await gateway.stop();
    await upstream[Symbol.asyncDispose]();
  });

  const transportFor = (provider: MemoryProvider, path: string) =>
    new StreamableHTTPClientTransport(new URL(`${gateway.url}${path}`), { authProvider: provider });

  const open = async (provider: MemoryProvider, path: string, era: 'modern' | 'legacy') => {
    const mode = era === 'legacy' ? 'legacy' : { pin: '2026-07-28' };
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(transportFor(provider, path));
    return client;
  };

  const logIn = async (provider: MemoryProvider, path: string, era: 'modern' | 'legacy') => {
    await assert.rejects(open(provider, path, era), UnauthorizedError);
    const { sentTo } = provider;
    assert.ok(sentTo !== undefined);
    const { answer, pages } = await new OAuthBrowser().authorize(sentTo.href, { ...person });
    assert.ok(answer !== undefined, pages.at(-1));
    await transportFor(provider, path).finishAuth(answer.searchParams);
    return open(provider, path, era);
  };

  for (const era of ['modern', 'legacy'] as const) {
    test(`it registers itself, logs in and calls, in the ${era} era`, async () => {
      const provider = new MemoryProvider(REDIRECT);
      await using client = disposable(await logIn(provider, '/mcp/orders', era));
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === 'echo'));
      await client.callTool({ name: 'echo', arguments: { a: 1 } });
      const token = provider.tokens()?.access_token ?? '';
      const { aud, scope } = decodeJwt(token);
      assert.deepEqual({ aud, scope }, { aud: `${gateway.url}/mcp/orders`, scope: 'mcp:orders' });
      // The token is good at this endpoint and nowhere else.
      for (const path of ['/mcp', '/mcp/other', '/mcp/bundles/orders', '/api/v1/services']) {
        assert.equal(await statusAt(gateway, path, token), 401, path);
      }
      // It never went to the service behind.
      assert.ok(!JSON.stringify(upstream.seen).includes(token));
    });
  }

  test('it refreshes under the same client id, and is out when its grant is revoked', async () => {
    const provider = new MemoryProvider(REDIRECT);
    await using client = disposable(await logIn(provider, '/mcp', 'modern'));
    const id = provider.client?.client_id;
    const [first] = provider.saved;
    // What is expired for the gateway is a token that it does not know.
    provider.saved.push({ ...first, access_token: 'expired', token_type: 'Bearer' });
    await client.callTool({ name: 'orders__echo', arguments: {} });
    assert.equal(provider.client?.client_id, id);
    const last = provider.tokens();
    assert.notEqual(last?.refresh_token, first?.refresh_token);
    const { gid } = decodeJwt(last?.access_token ?? '');
    assert.equal(gid, decodeJwt(first?.access_token ?? '')['gid']);
    const revoked = await fetch(`${gateway.url}/api/v1/grants/${String(gid)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${gateway.apiKey}` },
    });
    assert.equal(revoked.status, 204);
    assert.equal(await statusAt(gateway, '/mcp', last?.access_token ?? ''), 401);
    await assert.rejects(
      client.callTool({ name: 'orders__echo', arguments: {} }),
      UnauthorizedError,
    );
  });

  test('a step up tells all the scopes of an operation', async () => {
    const provider = new MemoryProvider(REDIRECT);
    await using client = disposable(await logIn(provider, '/mcp', 'modern'));
    assert.ok(client);
    const answer = await fetch(`${gateway.url}/api/v1/services`);
    const challenge = answer.headers.get('www-authenticate') ?? '';
    assert.ok(challenge.endsWith('scope="services.read"'), challenge);
  });

  test('the conformance suite finds nothing wrong with the authorization server', async () => {
    const port = 45_998;
    const redirectUri = `http://127.0.0.1:${port}/callback`;
    const { body } = await registerClient(gateway.url, { redirect_uris: [redirectUri] });
    const checks = await runAuthorizationSuite(gateway.url, {
      id: body['client_id'] ?? '',
      port,
      resource: `${gateway.url}/mcp`,
      login: { ...person },
    });
    assert.ok(checks.length >= 3, `only ${checks.length} checks`);
    const failed = checks.filter(({ status }) => status !== 'SUCCESS');
    assert.deepEqual(failed, []);
  });
});

function disposable(client: Client): Client & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

async function register(
  { url, apiKey }: RunningGateway,
  upstream: ModernHttpServer,
): Promise<void> {
  const response = await fetch(`${url}/api/v1/services`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ slug: 'orders', kind: 'mcp-http', config: { url: upstream.url } }),
  });
  assert.equal(response.status, 201, await response.text());
}

async function statusAt({ url }: RunningGateway, path: string, token: string): Promise<number> {
  const isApi = path.startsWith('/api');
  const response = await fetch(`${url}${path}`, {
    method: isApi ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(isApi ? {} : { body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' }),
  });
  await response.text();
  return response.status;
}
