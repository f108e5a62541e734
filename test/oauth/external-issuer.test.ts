import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startGateway } from '../support/start-gateway.ts';

test('a gateway takes the tokens of a configured issuer, and sends clients there', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' };
  let issuer = '';
  const server = createServer((request, response) => {
    const isKeys = request.url === '/certs';
    const body = isKeys ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/certs` };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-issuer-'));
  const file = join(folder, 'gateway.json');
  const roles = { staff: ['developer'] };
  const one = { issuer, tenant: 'default', rolesClaim: 'roles', roles };
  const auth = { oauth: { enabled: false }, issuers: [one] };
  await writeFile(file, JSON.stringify({ auth }));
  const gateway = await startGateway({ flags: ['--config', file] });
  try {
    const metadata = await fetch(`${gateway.url}/.well-known/oauth-protected-resource/mcp`);
    const { authorization_servers: servers } = (await metadata.json()) as {
      authorization_servers: string[];
    };
    assert.deepEqual(servers, [issuer]);
    // The gateway's own server is switched off.
    for (const path of ['/.well-known/oauth-authorization-server', '/oauth/authorize']) {
      assert.equal((await fetch(`${gateway.url}${path}`)).status, 404, path);
    }
    const sign = (claims: object) =>
      new SignJWT({
        aud: `${gateway.url}/api`,
        scope: 'services.read',
        roles: ['staff'],
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuer(issuer)
        .setSubject('subject-1')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(pair.privateKey);
    const ask = async (token: string, path = '/api/v1/services') => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${gateway.url}${path}`, { headers });
      await response.text();
      return response.status;
    };
    assert.equal(await ask(await sign({ roles: ['other'], jti: 'a' })), 401, 'a stranger');
    const token = await sign({});
    assert.equal(await ask(token), 200);
    assert.equal(await ask(token, '/api/v1/keys'), 403, 'its scopes do not say so');
    assert.equal(await ask(await sign({ aud: `${gateway.url}/mcp` })), 401);
    assert.equal(await ask(await sign({ roles: ['other'], jti: 'b' })), 403, 'it lost its role');
  } finally {
    await gateway.stop();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
