import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { startChatGateway } from '../chat/support/start-chat-gateway.ts';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-stop-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test(
  'a run is stopped from another instance before that would have looked',
  { skip },
  async (t) => {
    await using server = await startPostgres(programs ?? '');
    const { user, password, port } = server;
    const databaseUrl = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
    await using one = await startChatGateway(folder(t), databaseUrl);
    await using two = await startChatGateway(folder(t), databaseUrl);
    const headers = { authorization: `Bearer ${one.apiKey}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ message: 'call', stream: true });
    const response = await fetch(`${one.url}/chat`, { method: 'POST', headers, body });
    let text = '';
    let stoppedAtMs = 0;
    const begunAtMs = performance.now();
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (stoppedAtMs > 0 || !text.includes('event: tool_call')) continue;
      const runId = /"run_id":"(chr_\w+)"/.exec(text)?.[1] ?? assert.fail(text);
      const path = `/chat/runs/${runId}/stop`;
      const stop = await fetch(`${two.url}${path}`, { method: 'POST', headers });
      assert.equal(stop.status, 202, await stop.text());
      stoppedAtMs = performance.now();
    }
    assert.match(text, /"stop_reason":"stopped"/);
    // The lease, which is looked at anyway, was not renewed yet: word came by the bus.
    const takenMs = performance.now() - begunAtMs;
    assert.ok(takenMs < limits.chatLeaseRenewMs, `${takenMs} ms`);
    t.diagnostic(`stopped within ${Math.round(performance.now() - stoppedAtMs)} ms`);
  },
);
