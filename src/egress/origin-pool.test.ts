import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { createAddressGuard } from './address-guard.ts';
import { dial, dialWith } from './dial.ts';
import { OriginPool } from './origin-pool.ts';
import { WriteBatch } from './write-batch.ts';

const guard = createAddressGuard({ allowHosts: ['127.0.0.1'] });
const resolve = (): Promise<readonly string[]> => Promise.resolve(['127.0.0.1']);

describe('OriginPool', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let port = 0;
  before(async () => {
    server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    ({ port } = server.address() as AddressInfo);
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const pool = (): OriginPool =>
    new OriginPool(
      () => dialWith({ secure: false, host: '127.0.0.1', port }, guard, resolve, undefined),
      new WriteBatch(),
    );

  it('opens limits.upstreamConnectionsMax connections and lets the next one wait', async () => {
    const own = pool();
    const late = Date.now() + 60_000;
    const most = limits.upstreamConnectionsMax;
    const connections = await Promise.all(Array.from({ length: most }, () => own.open(late)));
    assert.equal(own.size, most);
    let opened = false;
    const waiting = own.open(late).then((connection) => {
      opened = true;
      return connection;
    });
    await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual([opened, own.size], [false, most]);
    connections[0]?.destroy(undefined);
    await waiting;
    assert.equal(own.size, most);
    const overdue = own.open(Date.now());
    own.tick(Date.now() + 1);
    await assert.rejects(overdue, { code: 'upstream_timeout' });
    own.close(new Error('done'));
    assert.equal(own.size, 0);
  });
});

describe('dial', () => {
  it('gives up on an address that is silent for limits.upstreamConnectMs', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    // TEST-NET-1 is routed nowhere; the attempt is cut by the mocked clock before it can fail.
    const documentation = createAddressGuard({ allowHosts: ['192.0.2.0/24'] });
    const origin = { secure: false, host: '192.0.2.1', port: 9 };
    const dialled = dial(origin, documentation, resolve).then(
      () => 'connected',
      (error: unknown) => (error as { code?: string }).code,
    );
    await new Promise((done) => setImmediate(done));
    test.mock.timers.tick(limits.upstreamConnectMs);
    assert.match((await dialled) ?? '', /^upstream_(timeout|unavailable)$/);
  });

  it('closes a socket whose peer is not permitted after all', async () => {
    const origin = { secure: false, host: 'rebind.example', port: 9 };
    let asked = 0;
    const fickle = {
      permits: () => {
        asked++;
        return asked === 1;
      },
    };
    const listening = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
    const { port } = listening.address() as AddressInfo;
    await assert.rejects(dial({ ...origin, port }, fickle, resolve), { code: 'egress_denied' });
    listening.close();
  });
});
