import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { testPrincipal } from '../../test/support/test-principal.ts';
import { FakeHandle } from '../../test/support/fake-handle.ts';
import { LineTransport } from '../../test/support/line-transport.ts';
import { envelope } from '../../test/support/mcp-post.ts';
import { until } from '../../test/support/until.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog } from '../kernel/log.ts';
import { serveStdio, type StdioOptions } from './serve-stdio.ts';

function start(output: Writable = new PassThrough(), options: StdioOptions = {}) {
  const handle = new FakeHandle();
  const input = new PassThrough();
  const context = {
    gateway: handle,
    endpoint: { kind: 'all' } as const,
    admit: () => testPrincipal(),
    sessionId: null,
    log: silentLog,
    ids: new IdSource(),
  };
  const ended = serveStdio(context, { input, output }, options);
  return { handle, input, output: output as PassThrough, ended };
}

function call(id: number, name: string): string {
  const params = { name, arguments: {}, _meta: envelope() };
  return `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`;
}

/** The lines that came, `count` of them. */
async function linesOf(
  output: PassThrough,
  count: number,
): Promise<{ id?: number; error?: { code: number } }[]> {
  let text = '';
  await until(() => {
    text += String(output.read() ?? '');
    return text.split('\n').length > count;
  });
  assert.ok(text === '' || text.endsWith('\n'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { id?: number });
}

describe('a local client', () => {
  for (const mode of ['legacy', 'auto'] as const) {
    test(`of the ${mode} era finds its tools, calls one and leaves`, async () => {
      const { handle, input, output, ended } = start();
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
      await client.connect(new LineTransport(output, input));
      const result = await client.callTool({ name: 'echo', arguments: { a: 1 } });
      assert.deepEqual(result['echo'], { name: 'echo', arguments: { a: 1 } });
      await client.close();
      assert.equal(await ended, 'input_ended');
      const era = mode === 'legacy' ? 'legacy' : 'modern';
      assert.equal(handle.received.at(-1)?.request.client.era, era);
    });
  }

  test('may send lines in pieces, blank ones and CR LF', async () => {
    const { input, output, ended } = start();
    const text = `\r\n${call(1, 'echo').replace('\n', '\r\n')}\n${call(2, 'echo')}`;
    for (const character of Buffer.from(text)) input.write(Buffer.of(character));
    assert.deepEqual(
      (await linesOf(output, 2)).map(({ id }) => id),
      [1, 2],
    );
    input.end();
    assert.equal(await ended, 'input_ended');
  });

  test('that closes its end still gets what it is owed, for a moment', async () => {
    const { input, output, ended, handle } = start();
    input.write(call(1, 'hang'));
    input.end(call(2, 'echo'));
    const startedMs = Date.now();
    assert.equal(await ended, 'input_ended');
    const tookMs = Date.now() - startedMs;
    assert.ok(tookMs >= limits.stdioLingerMs && tookMs < limits.stdioLingerMs + 1_000);
    const [answer, cut] = await linesOf(output, 2);
    assert.equal(answer?.id, 2);
    assert.deepEqual([cut?.id, cut?.error?.code], [1, 5031]);
    assert.equal(handle.received[0]?.io.cancellation.reason, 'shutdown');
  });

  test('that can no longer hear ends the conversation at once', async () => {
    const { input, output, ended, handle } = start();
    input.write(call(1, 'hang'));
    await until(() => handle.received.length === 1);
    output.destroy(new Error('EPIPE'));
    assert.equal(await ended, 'output_closed');
    assert.notEqual(handle.received[0]?.io.cancellation.reason, undefined);
  });

  test('that stops reading is cut, and is not read meanwhile', async () => {
    const stuck = new Writable({ write: () => {}, highWaterMark: 1 });
    const pace = { waitBytes: 10, cutBytes: 1e6, stallMs: 80 };
    const { input, ended, handle } = start(stuck, { pace });
    input.write(call(1, 'echo'));
    await until(() => input.isPaused());
    input.write(call(2, 'echo'));
    await sleep(20);
    assert.equal(handle.received.length, 1, 'nothing is read from a client that does not read');
    assert.equal(await ended, 'slow_reader');
    stuck.destroy();
  });

  test('may send lines up to the limit and no longer', async () => {
    const { input, output, ended } = start();
    const frame = call(1, 'echo').slice(0, -1);
    input.write(`${frame}${' '.repeat(limits.requestBodyBytesMax - frame.length)}\n`);
    assert.equal((await linesOf(output, 1))[0]?.id, 1);
    input.write(`${' '.repeat(limits.requestBodyBytesMax + 1)}\n`);
    assert.equal(await ended, 'line_too_long');
    assert.equal((await linesOf(output, 1))[0]?.error?.code, 4130);
  });

  test('is told when the gateway stops', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { input, output, ended, handle } = start(new PassThrough(), { stopped: promise });
    input.write(call(1, 'hang'));
    await until(() => handle.received.length === 1);
    resolve();
    assert.equal(await ended, 'stopped');
    assert.equal((await linesOf(output, 1))[0]?.error?.code, 5031);
    input.end();
  });
});
