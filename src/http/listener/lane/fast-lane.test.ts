import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { complete, FakeUpstream } from '../../../../test/support/fake-upstream.ts';
import { envelope, modernHeaders } from '../../../../test/support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../../../../test/support/start-doors.ts';

const upstream = new FakeUpstream({
  'tools/list': () => complete({ tools: [] }),
  'tools/call': async ({ params }, io) => {
    if (params['name'] === 'noisy') {
      for (let step = 1; step <= 3; step++) {
        await io.notify({ method: 'notifications/progress', params: { progress: step } });
      }
    }
    if (params['name'] === 'slow') await new Promise((resolve) => setTimeout(resolve, 30));
    return complete({ content: [], ü: 'ä'.repeat(Number(params['size'] ?? 1)) });
  },
});

const request = (name: string, more: object = {}): string => {
  const meta = envelope({}, { progressToken: 1 });
  const params = { name, ...more, _meta: meta };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const headers = Object.entries(modernHeaders('tools/call', name)).map(
    ([key, value]) => `${key}: ${value}`,
  );
  return [
    'POST /mcp/one HTTP/1.1',
    'Host: localhost',
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
};

/** One connection on which requests are sent and answers awaited. */
class Wire {
  readonly socket: Socket;
  text = '';

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text: string) => (this.text += text));
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      assert.equal(this.socket.destroyed, false, `closed after ${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { text } = this;
    this.text = '';
    return text;
  }
}

describe('the fast lane', () => {
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  it('answers many requests on one connection, JSON and streams, plain and not', async () => {
    const wire = new Wire(doors.url);
    for (let turn = 0; turn < 3; turn++) {
      wire.socket.write(request('echo'));
      assert.match(await wire.until(/"ü":"ä"\}\}$/), /^HTTP\/1\.1 200 OK\r\n/);
    }
    wire.socket.write(request('noisy'));
    const streamed = await wire.until(/0\r\n\r\n$/);
    assert.match(streamed, /transfer-encoding: chunked/);
    assert.equal(streamed.match(/notifications\/progress/g)?.length, 3);
    wire.socket.write(request('echo', { size: 40_000 }));
    assert.equal((await wire.until(/\}\}$/)).match(/ä/g)?.length, 40_000);
    // Not plain: node:http takes the connection over and keeps it.
    wire.socket.write(
      request('echo').replace('Host: localhost', 'Host: localhost\r\nExpect: 100-continue'),
    );
    assert.match(
      await wire.until(/"ü":"ä"\}\}$/),
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/,
    );
    wire.socket.write(request('echo'));
    await wire.until(/"ü":"ä"\}\}$/);
    wire.socket.destroy();
  });

  it('takes a request in pieces, and several at once, through node:http or in turn', async () => {
    const wire = new Wire(doors.url);
    const text = request('echo');
    for (const piece of [text.slice(0, 20), text.slice(20, -5), text.slice(-5)]) {
      wire.socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await wire.until(/"ü":"ä"\}\}$/);
    wire.socket.destroy();
    const pair = new Wire(doors.url);
    pair.socket.write(request('slow'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    pair.socket.write(request('echo'));
    await pair.until(/200 OK[^]*200 OK[^]*"ü":"ä"\}\}$/);
    pair.socket.destroy();
  });

  it('cancels upstream when the connection is lost, and survives it', async () => {
    const before = doors.usage.length;
    const wire = new Wire(doors.url);
    wire.socket.write(request('slow'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    wire.socket.destroy();
    while (doors.usage.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    const next = new Wire(doors.url);
    next.socket.write(request('echo'));
    await next.until(/"ü":"ä"\}\}$/);
    next.socket.destroy();
  });

  it('closes idle connections when the gateway stops, others after their answer', async () => {
    const own = await startDoors();
    await own.add('one', upstream);
    const idle = new Wire(own.url);
    idle.socket.write(request('echo'));
    await idle.until(/\}\}$/);
    const busy = new Wire(own.url);
    busy.socket.write(request('slow'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const stopped = own[Symbol.asyncDispose]();
    await busy.until(/"ü":"ä"\}\}$/);
    await stopped;
    while (!idle.socket.destroyed || !busy.socket.destroyed) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
});
