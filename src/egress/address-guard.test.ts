import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAddressGuard } from './address-guard.ts';

describe('createAddressGuard', () => {
  it('lets public addresses through and no others', () => {
    const guard = createAddressGuard({ allowHosts: [] });
    for (const address of ['93.184.216.34', '2606:2800:220:1::1']) {
      assert.equal(guard.permits('host.example', 443, address), true, address);
    }
    const refused = [
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.100.100.200',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
      '192.0.0.8',
      '::1',
      '::',
      '::ffff:127.0.0.1',
      '::ffff:a9fe:a9fe',
      '::127.0.0.1',
      'fe80::1',
      'fd00:ec2::254',
      'ff02::1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001::1',
      'not an address',
      '',
    ];
    for (const address of refused) {
      assert.equal(guard.permits('host.example', 443, address), false, address);
    }
  });

  it('allows what the operator names, and nothing beside it', () => {
    const guard = createAddressGuard({
      allowHosts: [
        'intern.example:8443',
        '*.lab.example',
        '10.20.0.0/16',
        '127.0.0.1:9000',
        '[::1]:7',
      ],
    });
    assert.equal(guard.permits('intern.example', 8443, '10.0.0.1'), true);
    assert.equal(guard.permits('INTERN.example.', 8443, '10.0.0.1'), true);
    assert.equal(guard.permits('intern.example', 443, '10.0.0.1'), false);
    assert.equal(guard.permits('a.lab.example', 1, '192.168.0.9'), true);
    assert.equal(guard.permits('lab.example', 1, '192.168.0.9'), false);
    assert.equal(guard.permits('evil-lab.example', 1, '192.168.0.9'), false);
    assert.equal(guard.permits('any.example', 1, '10.20.255.1'), true);
    assert.equal(guard.permits('any.example', 1, '10.21.0.1'), false);
    assert.equal(guard.permits('127.0.0.1', 9000, '127.0.0.1'), true);
    assert.equal(guard.permits('127.0.0.1', 9001, '127.0.0.1'), false);
    assert.equal(guard.permits('::1', 7, '::1'), true);
    assert.equal(guard.permits('x', 9000, '::ffff:127.0.0.1'), true);
  });
});
