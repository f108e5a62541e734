import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { modernBody, modernHeaders } from '../../chaos/support/gateway-calls.ts';
import type { HostileCase, HostileGroup } from '../case.ts';
import type { RawAnswer } from '../world/raw-http.ts';
import type { World } from '../world/open-world.ts';

const headOf = (key: string, path = '/mcp/calm'): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n` +
  'Content-Type: application/json\r\n';

/** The bytes of a call as they go over the wire. */
function rawCall(key: string, name: string, args: object = {}, path = '/mcp/calm'): string {
  const body = modernBody('tools/call', { name, arguments: { ...args } });
  const lines = Object.entries(modernHeaders(key, 'tools/call', name) as Record<string, string>)
    .map(([header, value]) => `${header}: ${value}\r\n`)
    .join('');
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Opens connections that say nothing, and holds them. */
async function idle({ gateway }: World, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    return socket;
  });
  await sleep(500);
  return sockets;
}

const slow: HostileCase = {
  id: 'D23a',
  title: 'heads and bodies one byte at a time, and 1,000 connections that say nothing',
  expected: 'heads cut within 12 s, bodies within 32 s, others served meanwhile',
  run: async (world) => {
    const { raw, keys, client } = world;
    const drip = Array.from({ length: 60 }, () => 'x');
    const slowly = { more: drip, pauseMs: 1_000, waitMs: 40_000 };
    const start = `GET /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: `;
    const length = 'Content-Length: 1000\r\n\r\n';
    const chunked = 'Transfer-Encoding: chunked\r\n\r\n3e8\r\n';
    const idling = await idle(world, 1_000);
    const heads = [raw.send(start, slowly), raw.send('GET /', slowly)];
    const bodies = [length, chunked].flatMap((frame) => [
      raw.send(headOf(keys.admin) + frame, slowly),
      raw.send(headOf(keys.admin, '/register-service') + frame, slowly),
    ]);
    assert.equal((await client.call(keys.admin, '/mcp/calm', 'work')).status, 200);
    const isCut = (one: RawAnswer, ms: number): void => {
      assert.ok(one.closed && one.tookMs < ms, `open after ${Math.round(one.tookMs)} ms`);
      assert.ok([0, 408].includes(one.status), String(one.status));
    };
    for (const one of await Promise.all(heads)) isCut(one, 12_500);
    await sleep(1_000);
    const open = idling.filter((socket) => !socket.destroyed && socket.readyState === 'open');
    assert.equal(open.length, 0, `${open.length} connections that say nothing are open`);
    for (const one of await Promise.all(bodies)) isCut(one, 32_500);
  },
};

const expecting: HostileCase = {
  id: 'D35a',
  title: 'Expect: 100-continue and no body, the end of the connection amid a body',
  expected: 'closed, nothing held',
  run: async ({ raw, keys }) => {
    const head = headOf(keys.admin);
    const never = raw.send(`${head}Expect: 100-continue\r\nContent-Length: 50\r\n\r\n`, {
      until: /100 Continue/,
    });
    assert.match((await never).text, /100 Continue/);
    const half = await raw.send(`${head}Content-Length: 50\r\n\r\n{"a"`, { halfClose: true });
    assert.ok(half.closed);
    const noHead = await raw.send('POST /mcp HTTP/1.1\r\nHost: loc', { halfClose: true });
    assert.ok(noHead.closed);
  },
};

const resets: HostileCase = {
  id: 'D35b',
  title: '1,000 connections reset while their answer is under way',
  expected: 'every call upstream is dropped within a second; no file is held',
  run: async ({ gateway, keys, calm }) => {
    const before = calm.aborted;
    const bytes = rawCall(keys.admin, 'slow', { ms: 5_000 });
    for (let round = 0; round < 10; round++) {
      const sockets = await Promise.all(
        Array.from({ length: 100 }, () => {
          return new Promise<Socket>((resolve) => {
            const socket = connect(gateway.port, '127.0.0.1', () => {
              socket.write(bytes);
              resolve(socket);
            });
            socket.on('error', () => {});
          });
        }),
      );
      await sleep(100);
      for (const socket of sockets) socket.resetAndDestroy();
    }
    await sleep(1_000);
    assert.ok(calm.aborted - before > 0, 'no call was dropped upstream');
  },
};

/** A masked frame as a client must send it; opcode and first bits as given. */
function frame(first: number, payload: Buffer, announced = payload.length, masked = true): Buffer {
  const bit = masked ? 0x80 : 0;
  const head =
    announced < 126
      ? Buffer.from([first, bit | announced])
      : announced < 65_536
        ? Buffer.from([first, bit | 126, announced >> 8, announced & 0xff])
        : Buffer.concat([Buffer.from([first, bit | 127]), bigEndian(announced)]);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

const SOCKET_KEY = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

function opening(key: string, more = ''): string {
  const lines = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  const head = `GET /ws HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n`;
  return `${head}${lines}${SOCKET_KEY}${more}\r\n`;
}

/** The code in the close frame of what came, or 0. */
function closeCode({ text }: RawAnswer): number {
  const bytes = Buffer.from(text, 'latin1');
  const at = bytes.lastIndexOf(0x88);
  return at === -1 ? 0 : bytes.readUInt16BE(at + 2);
}

function socketCase(
  id: string,
  title: string,
  code: number,
  pieces: () => readonly Buffer[],
): HostileCase {
  return {
    id,
    title,
    expected: `the WebSocket is closed with ${code}`,
    run: async ({ raw, keys }) => {
      // The disk may be slow to let the caller in.
      const wait = { waitMs: 20_000, until: /\r\n\r\n[^]*\u0088[^]{3}/ };
      const came = await raw.send(opening(keys.admin), { more: pieces(), pauseMs: 50, ...wait });
      assert.match(came.text, /^HTTP\/1\.1 101 /);
      assert.equal(closeCode(came), code);
    },
  };
}

const sockets: readonly HostileCase[] = [
  socketCase('D37a', 'a frame without a mask', 1002, () => [
    frame(0x81, Buffer.from('{}'), 2, false),
  ]),
  socketCase('D37b', 'a frame of 1 GB', 1009, () => [frame(0x81, Buffer.from('{'), 2 ** 30)]),
  socketCase('D37c', 'a compressed frame, which was not agreed on', 1002, () => [
    frame(0xc1, Buffer.alloc(20)),
  ]),
  socketCase('D37d', 'binary in place of text', 1003, () => [frame(0x82, Buffer.from('{}'))]),
  socketCase('D37e', 'text that is no UTF-8', 1007, () => [frame(0x81, Buffer.from([0xff, 0xfe]))]),
  {
    id: 'D37f',
    title: 'a message in 300,000 fragments, and a flood of 20,000 pings',
    expected: 'closed or answered; others do not notice',
    run: async ({ raw, keys }) => {
      const piece = frame(0x00, Buffer.from(' '));
      const fragments = Buffer.concat([
        frame(0x01, Buffer.from('{')),
        ...Array.from({ length: 300_000 }, () => piece),
      ]);
      const many = await raw.send(opening(keys.admin), { more: [fragments], pauseMs: 50 });
      assert.match(many.text, /^HTTP\/1\.1 101 /);
      const ping = frame(0x89, Buffer.alloc(0));
      const pings = Buffer.concat(Array.from({ length: 20_000 }, () => ping));
      await raw.send(opening(keys.admin), { more: [pings], pauseMs: 50, waitMs: 1_000 });
    },
  },
  {
    id: 'D37g',
    title: 'an opening that asks for compression, and one without a key of its own',
    expected: 'compression is not agreed on; 400 without Sec-WebSocket-Key',
    run: async ({ raw, keys }) => {
      const offer = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
      const came = await raw.send(opening(keys.admin, offer), { until: /\r\n\r\n/ });
      assert.match(came.text, /^HTTP\/1\.1 101 /);
      assert.doesNotMatch(came.text, /permessage-deflate/);
      const none = await raw.send(opening(keys.admin).replace(SOCKET_KEY, ''), {
        until: /\r\n\r\n/,
      });
      assert.equal(none.status, 400);
    },
  },
];

/** A client that reads the first bytes of an endless answer and then nothing more. */
async function pausedReader({ gateway, keys }: World): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1', () => {
    socket.write(rawCall(keys.admin, 'chatty'));
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  return socket;
}

const unread: HostileCase = {
  id: 'D40',
  title: '20 clients that call a tool of endless progress and stop reading',
  expected: 'what waits for them is bounded; they are cut, and their calls with them',
  run: async (world) => {
    const { gateway, calm } = world;
    const before = calm.aborted;
    const clients = await Promise.all(Array.from({ length: 20 }, () => pausedReader(world)));
    await sleep(4_000);
    const { residentMegabytes } = await gateway.vitals();
    assert.ok(residentMegabytes < 400, `${Math.round(residentMegabytes)} MB resident`);
    // Half a minute after the last byte that their systems took, which may be some time after ours.
    const untilMs = Date.now() + 75_000;
    while (calm.aborted - before < clients.length && Date.now() < untilMs) await sleep(250);
    const cut = calm.aborted - before;
    for (const socket of clients) socket.destroy();
    assert.equal(cut, clients.length);
  },
};

/** How connections are used. */
export const connections: HostileGroup = {
  heading: 'D. Connections',
  cases: [expecting, resets, ...sockets, slow, unread],
};
