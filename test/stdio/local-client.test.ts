import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { limits } from '../../src/kernel/limits.ts';
import { startFixture, type Fixture } from '../conformance/fixture/start-fixture.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const started: Client[] = [];
afterEach(async () => {
  for (const client of started.splice(0)) await client.close();
});

interface Local {
  readonly client: Client;
  readonly said: () => string;
}

/** A client that starts `mcp-gateway stdio` with these flags. */
async function start(
  mode: 'legacy' | 'auto',
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Local> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'stdio', ...flags],
    env: { PATH: String(process.env['PATH']), ...environment },
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const client = new Client({ name: 'local', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  started.push(client);
  return { client, said: () => said };
}

/** Runs `mcp-gateway stdio` without input to its end. */
async function run(flags: readonly string[]): Promise<{ code: number; stderr: string }> {
  const running = promisify(execFile)(process.execPath, [MAIN, 'stdio', ...flags]);
  running.child.stdin?.end();
  return await running.then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: unknown) => error as { code: number; stderr: string },
  );
}

describe('mcp-gateway stdio', () => {
  let fixture: Fixture;
  let folder: string;
  let flags: readonly string[];
  before(async () => {
    fixture = await startFixture({ era: 'both' });
    folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-stdio-'));
    const config = {
      data: { directory: join(folder, 'data') },
      egress: { allowLoopback: true },
      services: [{ slug: 'fixture', kind: 'mcp-http', config: { url: fixture.url } }],
    };
    await writeFile(join(folder, 'gateway.json'), JSON.stringify(config));
    flags = ['--config', join(folder, 'gateway.json')];
  });
  after(async () => {
    await fixture.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('serves a modern client, and says so on standard error', async () => {
    const { client, said } = await start('auto', flags);
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === 'fixture__test_simple_text'));
    const called = await client.callTool({ name: 'fixture__test_simple_text' });
    assert.equal(called.isError ?? false, false);
    assert.match(said(), /Serving this client from the data folder/);

    const startedMs = Date.now();
    const second = await run(flags);
    assert.ok(Date.now() - startedMs >= limits.stdioHandoverMs, 'the folder may become free');
    assert.equal(second.code, 2);
    assert.match(second.stderr, /in use by another gateway/);
    assert.match(second.stderr, /give an API key in MCP_GATEWAY_KEY or with --key/);
  });

  test('serves a legacy client one service under its own names', async () => {
    const { client } = await start('legacy', [...flags, '--service', 'fixture']);
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === 'test_simple_text'));
    const seen: number[] = [];
    await client.callTool(
      { name: 'test_tool_with_progress' },
      { onprogress: ({ progress }) => seen.push(progress) },
    );
    assert.ok(seen.length >= 2);
  });

  test('refuses a key that the data folder does not know', async () => {
    const { code, stderr } = await run([...flags, '--key', `mgw_${'a'.repeat(32)}`]);
    assert.equal(code, 1);
    assert.match(stderr, /does not know this API key/);
  });
});

describe('mcp-gateway stdio in front of a running gateway', () => {
  let gateway: RunningGateway;
  let fixture: Fixture;
  before(async () => {
    fixture = await startFixture({ era: 'both' });
    gateway = await startGateway();
    const response = await fetch(`${gateway.url}/register-service`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ slug: 'fixture', url: fixture.url }),
    });
    assert.equal(response.status, 201, await response.text());
  });
  after(async () => {
    await gateway.stop();
    await fixture.close();
  });

  for (const mode of ['legacy', 'auto'] as const) {
    test(`relays a client of the ${mode} era`, async () => {
      const environment = { MCP_GATEWAY_URL: gateway.url, MCP_GATEWAY_KEY: gateway.apiKey };
      const { client, said } = await start(mode, [], environment);
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === 'fixture__test_simple_text'));
      await client.callTool({ name: 'fixture__test_simple_text' });
      assert.match(said(), /Relaying this client to the gateway at/);
    });
  }

  test('says when the key is wrong, or when nobody answers', async () => {
    const wrong = await run(['--url', gateway.url, '--key', `mgw_${'a'.repeat(32)}`]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /does not know this API key/);
    const nobody = await run(['--url', 'http://127.0.0.1:9', '--key', 'x']);
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /No gateway answers at http:\/\/127\.0\.0\.1:9/);
    const withoutKey = await run(['--url', gateway.url]);
    assert.equal(withoutKey.code, 2);
  });
});
