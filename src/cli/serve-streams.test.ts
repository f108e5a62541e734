import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

test('SIGTERM ends each listen stream with its result', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-streams-'));
  const child = spawn(process.execPath, [main, 'serve', '--port=0', '--log-format=json'], {
    cwd: folder,
  });
  try {
    let apiKey = '';
    let address = '';
    for await (const line of createInterface({ input: child.stdout })) {
      const told = JSON.parse(line) as { event?: string; url?: string; apiKey?: string };
      apiKey = told.apiKey ?? apiKey;
      address = told.url ?? address;
      if (told.event === 'gateway.listening') break;
    }
    child.stdout.resume();
    const listen = async (id: number) => {
      const answer = await fetch(`${address}/mcp`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'subscriptions/listen',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id,
          method: 'subscriptions/listen',
          params: { notifications: { toolsListChanged: true }, _meta: meta },
        }),
      });
      assert.equal(answer.status, 200);
      return answer;
    };
    const streams = await Promise.all([1, 2, 3].map(listen));
    child.kill('SIGTERM');
    const texts = await Promise.all(streams.map((stream) => stream.text()));
    for (const [index, text] of texts.entries()) {
      const last = text.trimEnd().split('\n').at(-1) ?? '';
      const message = JSON.parse(last.replace(/^data: /, '')) as Record<string, unknown>;
      assert.equal(message['id'], index + 1);
      assert.equal((message['result'] as { resultType?: unknown }).resultType, 'complete');
    }
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
