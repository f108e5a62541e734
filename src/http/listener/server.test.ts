import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { startDoors, testKeys } from '../../../test/support/start-doors.ts';
import { configSchema } from '../../app/config/config-schema.ts';
import { limits } from '../../kernel/limits.ts';

/** Sends bytes and resolves with what comes back until the other side closes. */
function talk(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('HttpServer', () => {
  it('takes a head of limits.requestHeadBytesMax and refuses a larger one', async () => {
    await using doors = await startDoors();
    const head = (size: number): string => {
      const start = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Pad: `;
      return `${start}${'x'.repeat(size - start.length - 4)}\r\n\r\n`;
    };
    assert.match(
      await talk(doors.url, head(limits.requestHeadBytesMax - 64)),
      /^HTTP\/1\.1 4(01|15)/,
    );
    assert.match(await talk(doors.url, head(limits.requestHeadBytesMax + 64)), /^HTTP\/1\.1 431/);
  });

  it('refuses what two readers could read differently', async () => {
    await using doors = await startDoors();
    const key = `Authorization: Bearer ${testKeys.a}\r\nConnection: close\r\n`;
    const start = `POST /mcp HTTP/1.1\r\nHost: localhost\r\n${key}`;
    for (const request of [
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n${key}Content-Length: 0\r\n\r\n`,
      `POST http://evil.example/mcp HTTP/1.1\r\nHost: localhost\r\n${key}Content-Length: 0\r\n\r\n`,
      `POST /mcp HTTP/1.1\r\nHost: a@b\r\n${key}Content-Length: 0\r\n\r\n`,
      `POST /mcp HTTP/1.1\r\n${key}Content-Length: 0\r\n\r\n`,
      `${start}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `${start}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
    ]) {
      assert.match(await talk(doors.url, request), /^HTTP\/1\.1 4\d\d/, request);
    }
  });

  it('lets running calls finish for limits.drainMs unless the operator says otherwise', () => {
    assert.equal(configSchema.parse({}).shutdown.drainMs, limits.drainMs);
  });

  it('holds the times of limits.ts against slow and idle clients', async () => {
    await using doors = await startDoors();
    const { headersTimeout, requestTimeout, keepAliveTimeout } = doors.timeouts;
    assert.deepEqual(
      [headersTimeout, requestTimeout, keepAliveTimeout],
      [limits.requestHeadMs, limits.requestReceiveMs, limits.clientIdleMs],
    );
  });
});
