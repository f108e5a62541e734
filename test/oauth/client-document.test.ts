import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { decodeJwt } from 'jose';
import { addPerson, type SignInPerson } from '../support/add-person.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import { OAuthBrowser } from '../support/oauth-browser.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { MemoryProvider } from './sdk-provider.ts';

const REDIRECT = 'http://127.0.0.1:45997/callback';

describe('an SDK client that publishes what it is', () => {
  let folder = '';
  let server: Server;
  let documentUrl = '';
  let fetched = 0;
  let change: Readonly<Record<string, unknown>> = {};
  let gateway: RunningGateway;
  let person: SignInPerson;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-document-'));
    const authority = makeCertificate({ name: 'test authority', isAuthority: true });
    const own = makeCertificate({ name: 'localhost', issuer: authority, dnsNames: ['localhost'] });
    const authorities = join(folder, 'authority.pem');
    await writeFile(authorities, authority.cert);
    server = createServer({ cert: own.cert, key: own.key }, (request, response) => {
      fetched += 1;
      const document = {
        client_id: `https://${request.headers.host}${request.url}`,
        client_name: 'Client with a document',
        redirect_uris: [REDIRECT],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        ...change,
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    documentUrl = `https://localhost:${(server.address() as AddressInfo).port}/client.json`;
    gateway = await startGateway({ environment: { NODE_EXTRA_CA_CERTS: authorities } });
    person = await addPerson(gateway.url, gateway.apiKey, 'developer');
  });
  after(async () => {
    await gateway?.stop();
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const transportFor = (provider: MemoryProvider) =>
    new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { authProvider: provider });

  const open = async (provider: MemoryProvider) => {
    const mode = { pin: '2026-07-28' };
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(transportFor(provider));
    return client;
  };

  test('logs in by the address of its document and registers nowhere', async () => {
    const provider = new MemoryProvider(REDIRECT, documentUrl);
    await assert.rejects(open(provider), UnauthorizedError);
    const { sentTo } = provider;
    assert.equal(sentTo?.searchParams.get('client_id'), documentUrl);
    assert.equal(provider.client?.client_id, documentUrl);
    const login = await new OAuthBrowser().authorize(sentTo?.href ?? '', { ...person });
    assert.ok(login.pages.some((page) => page.includes('Client with a document')));
    assert.ok(login.answer !== undefined, login.pages.at(-1));
    await transportFor(provider).finishAuth(login.answer.searchParams);
    const client = await open(provider);
    await client.close();
    assert.equal(decodeJwt(provider.tokens()?.access_token ?? '')['client_id'], documentUrl);
    assert.ok(fetched >= 1);
    const before = provider.saved.length;
    provider.saved.push({
      ...provider.tokens(),
      access_token: 'expired',
      token_type: 'Bearer',
    });
    const again = await open(provider);
    await again.close();
    assert.ok(provider.saved.length > before + 1, 'it refreshes under the same id');
  });

  test('is refused when the document is of somebody else, or answers elsewhere', async () => {
    const wrongs = [
      { client_id: 'https://other.example/client.json' },
      { redirect_uris: ['http://127.0.0.1:45996/elsewhere'] },
      { client_secret: 'shared' },
    ];
    for (const [at, wrong] of wrongs.entries()) {
      change = wrong;
      const url = documentUrl.replace('client.json', `wrong-${at}.json`);
      const provider = new MemoryProvider(REDIRECT, url);
      await assert.rejects(open(provider), UnauthorizedError);
      const login = new OAuthBrowser().authorize(provider.sentTo?.href ?? '', { ...person });
      const { answer, status } = await login;
      assert.equal(answer, undefined, JSON.stringify(wrong));
      assert.equal(status, 400, JSON.stringify(wrong));
    }
  });
});
