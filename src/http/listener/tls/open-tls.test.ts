import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import {
  makeCertificate,
  type MadeCertificate,
} from '../../../../test/support/make-certificate.ts';
import { startDoors, testKeys } from '../../../../test/support/start-doors.ts';
import { until } from '../../../../test/support/until.ts';
import { limits } from '../../../kernel/limits.ts';
import { silentLog, type LogFields } from '../../../kernel/log.ts';
import { openTls, type TlsSettings } from './open-tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-tls-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const authority = makeCertificate({ name: 'authority', isAuthority: true });
const server = (name = 'localhost'): MadeCertificate =>
  makeCertificate({ name, issuer: authority, dnsNames: ['localhost'] });

function write({ cert, key }: Pick<MadeCertificate, 'cert' | 'key'>): TlsSettings {
  const at = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return {
    certFile: at('server.pem', cert),
    keyFile: at('server.key', key),
    clientCaFile: at('ca.pem', authority.cert),
    clientCertificates: 'off',
  };
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
}

function get(url: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = { ca: authority.cert, servername: 'localhost', agent: false, ...options };
    const sent = request(`${url}/mcp`, { ...all, method: 'DELETE' }, (came) => {
      came
        .resume()
        .on('end', () => resolve({ status: came.statusCode ?? 0, headers: came.headers }));
    });
    sent.on('error', reject).end();
  });
}

const port = (url: string): number => Number(new URL(url).port);

function hello(url: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { port: port(url), ca: authority.cert, servername: 'localhost' };
    const socket = connect(options, () => resolve(socket));
    socket.on('error', reject);
  });
}

describe('a port that speaks TLS', () => {
  it('serves the same doors, says that it stays so, and takes no old TLS', async () => {
    await using doors = await startDoors({}, { tls: openTls(write(server()), silentLog) });
    assert.match(doors.url, /^https:/);
    const none = await get(doors.url);
    assert.equal(none.status, 401);
    assert.equal(none.headers['strict-transport-security'], 'max-age=31536000');
    const known = await get(doors.url, { headers: { authorization: `Bearer ${testKeys.a}` } });
    assert.equal(known.status, 400);
    await assert.rejects(get(doors.url, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }));
    await assert.rejects(fetch(doors.url.replace('https', 'http')));
  });

  it('takes a new certificate for new connections and keeps the open ones', async () => {
    const lines: LogFields[] = [];
    const note = (fields: LogFields): void => void lines.push(fields);
    const log = { ...silentLog, info: note, warn: note };
    const settings = write(server('first'));
    await using doors = await startDoors({}, { tls: openTls(settings, log, 20) });
    const name = async (): Promise<string> => {
      const socket = await hello(doors.url);
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return String(subject.CN);
    };
    const old = await hello(doors.url);
    assert.equal(await name(), 'first');
    // The key first and alone: what does not fit together is left, with one line in the log.
    const second = server('second');
    writeFileSync(settings.keyFile, second.key);
    await until(() => lines.length === 1);
    assert.match(String(lines[0]?.['reason']), /not that of the certificate/);
    assert.equal(await name(), 'first');
    writeFileSync(settings.certFile, second.cert);
    await until(() => lines.length === 2);
    assert.equal(await name(), 'second');
    const answer = new Promise<string>((resolve) => {
      old.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')));
    });
    old.write('GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.match(await answer, /^HTTP\/1\.1 401/);
    old.destroy();
  });

  it('stops in time although a handshake never ends', async () => {
    const doors = await startDoors({}, { tls: openTls(write(server()), silentLog) });
    const silent = connectTcp(port(doors.url), '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const started = performance.now();
    await doors[Symbol.asyncDispose]();
    assert.ok(performance.now() - started < 2_000);
    silent.destroy();
  });

  it('refuses files that are absent, broken or of two pairs', () => {
    const open = (settings: TlsSettings) => openTls(settings, silentLog);
    assert.throws(() => open({ ...write(server()), certFile: join(folder, 'none') }), {
      code: 'invalid_configuration',
      message: /server\.tls\.certFile.*ENOENT/,
    });
    assert.throws(() => open(write({ ...server(), cert: 'no certificate' })), /in PEM form/);
    assert.throws(() => open(write({ ...server(), key: server().key })), /not that of/);
  });

  it('gives a handshake limits.tlsHandshakeMs and looks every limits.certificateLookMs', () => {
    assert.deepEqual([limits.tlsHandshakeMs, limits.certificateLookMs], [10_000, 2_000]);
  });
});

describe('a client certificate', () => {
  const client = makeCertificate({ name: 'caller', issuer: authority, uris: ['spiffe://x/y'] });
  const stranger = makeCertificate({ name: 'caller', uris: ['spiffe://x/y'] });

  async function shown(mode: 'off' | 'optional' | 'required') {
    const credentials: (string | undefined)[] = [];
    const tls = openTls({ ...write(server()), clientCertificates: mode }, silentLog);
    const admit = (credential: string | undefined): never => {
      credentials.push(credential);
      throw new Error('seen');
    };
    const doors = await startDoors({ admit }, { tls });
    const send = async (options: RequestOptions): Promise<string | undefined> => {
      await get(doors.url, options);
      return credentials.at(-1);
    };
    return { send, doors };
  }

  it('is a credential when an authority of the list vouches for it', async () => {
    const { send, doors } = await shown('optional');
    await using _ = doors;
    const credential = await send({ cert: client.cert, key: client.key });
    assert.match(credential ?? '', /^\0certificate:/);
    const { fingerprint, names } = JSON.parse((credential ?? '').slice(13)) as {
      fingerprint: string;
      names: string[];
    };
    assert.match(fingerprint, /^[0-9a-f]{64}$/);
    assert.deepEqual(names, ['URI:spiffe://x/y']);
    assert.equal(await send({ cert: stranger.cert, key: stranger.key }), undefined);
    assert.equal(await send({}), undefined);
    const headers = { 'x-api-key': testKeys.a };
    assert.equal(await send({ cert: client.cert, key: client.key, headers }), testKeys.a);
  });

  it('is demanded where it is required, and not asked for where it is off', async () => {
    const strict = await shown('required');
    await using _ = strict.doors;
    assert.match((await strict.send({ cert: client.cert, key: client.key })) ?? '', /^\0cert/);
    await assert.rejects(strict.send({}));
    await assert.rejects(strict.send({ cert: stranger.cert, key: stranger.key }));
    const off = await shown('off');
    await using __ = off.doors;
    assert.equal(await off.send({ cert: client.cert, key: client.key }), undefined);
  });
});
