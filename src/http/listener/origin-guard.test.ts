import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOriginGuard } from './origin-guard.ts';

describe('createOriginGuard', () => {
  const guard = createOriginGuard({
    allowedHosts: ['gateway.example', 'other.example:8443'],
    allowedOrigins: ['https://app.example'],
  });

  it('serves loopback names and allowed hosts only', () => {
    for (const host of ['localhost', 'localhost:8090', '127.0.0.1:1', '[::1]:8090', 'LOCALHOST']) {
      assert.equal(guard(host, undefined), true, host);
    }
    assert.equal(guard('gateway.example:99', undefined), true);
    assert.equal(guard('other.example:8443', undefined), true);
    for (const host of [
      'other.example',
      'evil.example',
      'localhost.evil',
      'a@localhost',
      '',
      'x localhost',
    ]) {
      assert.equal(guard(host, undefined), false, host);
    }
    assert.equal(guard(undefined, undefined), false);
  });

  it('serves pages of allowed origins and of its own host only', () => {
    assert.equal(guard('localhost:8090', 'https://app.example'), true);
    assert.equal(guard('localhost:8090', 'http://localhost:8090'), true);
    const refused = [
      'null',
      'http://evil.example',
      'http://localhost.evil',
      'http://localhost:1',
      '',
      'https://app.example.evil',
    ];
    for (const origin of refused) assert.equal(guard('localhost:8090', origin), false, origin);
  });
});
