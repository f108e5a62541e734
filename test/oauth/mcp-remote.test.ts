import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { addPerson, type SignInPerson } from '../support/add-person.ts';
import { OAuthBrowser } from '../support/oauth-browser.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const PROXY = fileURLToPath(
  new URL('../../node_modules/mcp-remote/dist/proxy.js', import.meta.url),
);
const ASKED = /https?:\/\/\S+\/oauth\/authorize\?\S+/;

describe('mcp-remote, which desktop clients start', () => {
  let gateway: RunningGateway;
  let person: SignInPerson;
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-remote-'));
    gateway = await startGateway();
    person = await addPerson(gateway.url, gateway.apiKey, 'developer');
  });
  after(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (asked: (url: string) => void): Promise<Client> => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [PROXY, `${gateway.url}/mcp`, '--allow-http'],
      // Without a path it finds no program that would open a window.
      env: { MCP_REMOTE_CONFIG_DIR: folder, HOME: folder, PATH: '' },
      stderr: 'pipe',
    });
    let said = '';
    transport.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const url = ASKED.exec(said)?.[0];
      if (url === undefined || !said.slice(said.indexOf(url) + url.length).includes('\n')) return;
      said = '';
      asked(url);
    });
    const client = new Client(
      { name: 'desktop', version: '1' },
      { versionNegotiation: { mode: 'legacy' } },
    );
    await client.connect(transport, { timeout: 50_000 });
    return client;
  };

  test('logs in once; the next start uses what it was given', async () => {
    const asked: string[] = [];
    const first = await open((url) => {
      asked.push(url);
      void new OAuthBrowser().authorize(url, { ...person }).then(({ answer, pages }) => {
        assert.ok(answer !== undefined, pages.at(-1));
        return fetch(answer);
      });
    });
    await first.listTools();
    await first.close();
    assert.equal(asked.length, 1);
    const again = await open((url) => asked.push(url));
    await again.listTools();
    await again.close();
    assert.equal(asked.length, 1);
  });
});
