import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { clientOf } from './client-of.ts';
import { createClientReader } from './trusted-proxies.ts';

function requestFrom(address: string, headers: Readonly<Record<string, string>>): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const request = new IncomingMessage(socket);
  const all = { host: 'inside:8090', ...headers };
  Object.assign(request.headers, all);
  request.rawHeaders.push(...Object.entries(all).flat());
  return request;
}

describe('createClientReader', () => {
  const read = createClientReader(['10.0.0.0/8', '::1', '192.0.2.7']);
  const seen = (address: string, headers: Readonly<Record<string, string>>) => {
    const request = requestFrom(address, headers);
    read(request);
    return { ...clientOf(request), host: request.headers.host, left: request.rawHeaders };
  };

  it('believes nothing that somebody else says', () => {
    const { address, isEncrypted, host, left } = seen('203.0.113.9', {
      'x-forwarded-for': '10.1.1.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'gateway.example',
      'x-real-ip': '10.1.1.1',
      forwarded: 'for=10.1.1.1',
      accept: '*/*',
    });
    assert.deepEqual([address, isEncrypted, host], ['203.0.113.9', false, 'inside:8090']);
    assert.deepEqual(left, ['host', 'inside:8090', 'accept', '*/*']);
  });

  it('takes a trusted proxy at its word, and of a chain the last that is not trusted', () => {
    const { address, isEncrypted, host } = seen('10.9.9.9', {
      'x-forwarded-for': '1.1.1.1, 198.51.100.4, 192.0.2.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'gateway.example',
    });
    assert.deepEqual([address, isEncrypted, host], ['198.51.100.4', true, 'gateway.example']);
    for (const [header, expected] of [
      ['198.51.100.4:5123', '198.51.100.4'],
      ['[2001:db8::5]:443', '2001:db8::5'],
      ['::ffff:198.51.100.4', '198.51.100.4'],
      ['evil, unknown', '10.9.9.9'],
      ['1.1.1.1, nonsense, 192.0.2.7', '192.0.2.7'],
      ['', '10.9.9.9'],
      ['10.0.0.1,10.0.0.2', '10.0.0.1'],
    ] as const) {
      assert.equal(seen('10.9.9.9', { 'x-forwarded-for': header }).address, expected, header);
    }
    assert.equal(seen('::ffff:10.1.2.3', { 'x-forwarded-for': '1.2.3.4' }).address, '1.2.3.4');
    assert.equal(seen('::1', { 'x-forwarded-for': '1.2.3.4' }).address, '1.2.3.4');
  });

  it('takes no host from it that is none', () => {
    const { host } = seen('10.9.9.9', { 'x-forwarded-host': 'a@b/c' });
    assert.equal(host, 'inside:8090');
  });
});
