import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { openHttp } from '../../../test/support/mcp-http/open-http.ts';
import { testContext, testIo, toolCall } from '../../../test/support/mcp-stdio/harness.ts';
import { openSocket } from '../../../test/support/mcp-websocket/open-socket.ts';
import { createMcpStdioConnector } from '../mcp-stdio/connector.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import type { Resolve } from '../../egress/dial.ts';
import { WebSocketServer } from 'ws';

async function serving(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    server,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const late = (phase: string) => ({
  code: 'upstream_timeout',
  message: new RegExp(`phase: ${phase}\\)`),
});

describe('the timeouts of one service', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  after(() => egress[Symbol.asyncDispose]());

  it('HTTP: a server that takes the call and never answers', async () => {
    using mute = await serving(() => {});
    const more = { era: 'modern', timeouts: { firstByteMs: 300 } };
    const { upstream } = await openHttp(egress, mute.url, more);
    await assert.rejects(upstream.request(toolCall('x'), testIo()), late('first byte'));
    await upstream[Symbol.asyncDispose]();
  });

  it('HTTP: a server that falls silent in its answer; its heartbeats count', async () => {
    let beats = 0;
    using server = await serving((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': beat\n\n');
      const timer = setInterval(() => {
        beats++;
        if (beats < 8) response.write(': beat\n\n');
        else clearInterval(timer);
      }, 150);
      response.on('close', () => clearInterval(timer));
    });
    const opened = await openHttp(egress, server.url, { era: 'modern' });
    const request = {
      url: server.url,
      method: 'POST',
      headers: {},
      body: '{}',
      idleTimeoutMs: 600,
    };
    const response = await egress.request(request);
    await assert.rejects(response.bytes(), late('idle'));
    assert.ok(beats >= 8, String(beats));
    await opened.upstream[Symbol.asyncDispose]();
  });

  it('HTTP: connecting, which takes no longer than it may', async () => {
    // A host whose address is never found out hangs as one that is never reached.
    const resolve: Resolve = () => new Promise(() => {});
    const policy = { allowHosts: ['mute.example:80'] };
    await using hanging = new HttpEgress({ policy, resolve });
    const more = { era: 'modern', timeouts: { connectMs: 200 } };
    const { upstream } = await openHttp(hanging, 'http://mute.example/mcp', more);
    await assert.rejects(upstream.request(toolCall('x'), testIo()), late('connect'));
    await upstream[Symbol.asyncDispose]();
  });

  it('WebSocket and program: nothing comes of the call', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const timeouts = { firstByteMs: 300 };
    const config = { era: 'modern', timeouts, protocols: [] };
    const socket = await openSocket(`ws://127.0.0.1:${port}`, { config });
    const connector = createMcpStdioConnector({ PATH: '/bin' });
    const mute = ['-e', 'process.stdin.resume()'];
    const program = await connector.open(
      connector.config.parse({
        command: process.execPath,
        args: mute,
        era: 'modern',
        timeouts,
      }),
      testContext(),
    );
    await Promise.all(
      [socket.upstream, program].map((upstream) =>
        assert.rejects(upstream.request(toolCall('x'), testIo()), late('first byte')),
      ),
    );
    await socket[Symbol.asyncDispose]();
    await program[Symbol.asyncDispose]();
    server.close();
  });
});
