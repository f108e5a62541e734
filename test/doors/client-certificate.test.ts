import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from '../support/make-certificate.ts';
import { startGateway } from '../support/start-gateway.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
}

test('a registered client certificate calls as its holder until it is forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-mtls-'));
  const authority = makeCertificate({ name: 'authority', isAuthority: true });
  const server = makeCertificate({ name: 'gateway', issuer: authority, dnsNames: ['localhost'] });
  const agent = makeCertificate({ name: 'agent', issuer: authority, uris: ['spiffe://x/agent'] });
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const tls = {
    certFile: write('server.pem', server.cert),
    keyFile: write('server.key', server.key),
    clientCaFile: write('ca.pem', authority.cert),
    clientCertificates: 'optional',
  };
  const flags = Object.entries(tls).flatMap(([key, value]) => [
    '--set',
    `server.tls.${key}=${value}`,
  ]);
  const gateway = await startGateway({ flags });
  const send = (method: string, path: string, options: RequestOptions, body?: object) =>
    new Promise<Answer>((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const all = { ca: authority.cert, servername: 'localhost', agent: false, ...options };
      const length = { 'content-length': Buffer.byteLength(text) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const headers = { ...(options.headers as object), ...length, ...type };
      const sent = request(`${gateway.url}${path}`, { ...all, method, headers }, (came) => {
        let whole = '';
        came.on('data', (piece: Buffer) => (whole += piece.toString('utf8')));
        came.on('end', () => resolve({ status: came.statusCode ?? 0, text: whole }));
      });
      sent.on('error', reject).end(text);
    });
  try {
    assert.match(gateway.url, /^https:/);
    const admin = { headers: { authorization: `Bearer ${gateway.apiKey}` } };
    const withAgent = { cert: agent.cert, key: agent.key };
    const path = '/api/v1/client-certificates';
    assert.equal((await send('GET', '/services', withAgent)).status, 401);
    const { fingerprint256 } = new X509Certificate(agent.cert);
    for (const mark of [
      { fingerprint: fingerprint256 },
      { subjectAlternativeName: 'URI:spiffe://x/agent' },
    ]) {
      const made = await send('POST', path, admin, { name: 'agent', ...mark });
      assert.equal(made.status, 201, made.text);
      const { id } = JSON.parse(made.text) as { id: string };
      assert.equal((await send('GET', '/services', withAgent)).status, 200);
      assert.equal((await send('DELETE', '/mcp', withAgent)).status, 400);
      assert.equal((await send('GET', '/services', {})).status, 401);
      assert.equal((await send('DELETE', `${path}/${id}`, admin)).status, 204);
      assert.equal((await send('GET', '/services', withAgent)).status, 401);
    }
  } finally {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
