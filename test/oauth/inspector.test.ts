import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { addPerson, type SignInPerson } from '../support/add-person.ts';
import { startChangingServer, toolNamed } from '../support/mcp-http/changing-server.ts';
import { OAuthBrowser } from '../support/oauth-browser.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const INSPECTOR = fileURLToPath(
  new URL(
    '../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    import.meta.url,
  ),
);
const ASKED = /https?:\/\/\S+\/oauth\/authorize\?[^\s\u001b\u0007]+/;
const skip = existsSync(INSPECTOR) ? false : 'the Inspector is not installed';

describe('the MCP Inspector on the command line', { skip, timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let upstream: Awaited<ReturnType<typeof startChangingServer>>;
  let person: SignInPerson;
  let folder = '';
  let callback = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcp-gateway-inspector-'));
    callback = `http://127.0.0.1:${await freePort()}/oauth/callback`;
    upstream = await startChangingServer([toolNamed('say')]);
    gateway = await startGateway();
    person = await addPerson(gateway.url, gateway.apiKey, 'developer');
    const response = await fetch(`${gateway.url}/api/v1/services`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ slug: 'orders', kind: 'mcp-http', config: { url: upstream.url } }),
    });
    assert.equal(response.status, 201, await response.text());
  });
  after(async () => {
    await gateway.stop();
    await upstream[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs one command; `login` is what its user does when it is sent to a page. */
  const run = async (era: string, login: (url: string) => void, ...more: readonly string[]) => {
    const at = ['--server-url', `${gateway.url}/mcp`, '--transport', 'http'];
    const how = ['--protocol-era', era, '--callback-url', callback, '--format', 'json'];
    const child = spawn(
      process.execPath,
      [INSPECTOR, '--cli', ...at, ...how, '--method', 'tools/list', ...more],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          HOME: folder,
          MCP_STORAGE_DIR: join(folder, 'storage'),
          MCP_INSPECTOR_SECRET_STORE: 'file',
          // Without a terminal it logs in only when it is told that somebody is there, and without
          // a path it finds no program that would open a window.
          MCP_AUTO_OPEN_ENABLED: 'true',
          PATH: '',
        },
      },
    );
    let [out, said] = ['', ''];
    let isAsked = false;
    child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const url = ASKED.exec(said)?.[0];
      if (isAsked || url === undefined || !said.endsWith('\n')) return;
      isAsked = true;
      login(url);
    });
    const code = await new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    });
    return { code, out, said };
  };

  test('registers itself, logs in by a browser and lists; later it is known', async () => {
    const asked: string[] = [];
    const login = (url: string): void => {
      asked.push(url);
      void new OAuthBrowser().authorize(url, { ...person }).then(({ answer, pages }) => {
        assert.ok(answer?.href.startsWith(callback) === true, pages.at(-1));
        return fetch(answer);
      });
    };
    const first = await run('modern', login);
    assert.equal(first.code, 0, first.said);
    assert.match(first.out, /"orders__say"/);
    assert.equal(asked.length, 1);
    const asker = new URL(asked[0] ?? '').searchParams;
    assert.equal(asker.get('resource'), `${gateway.url}/mcp`);
    assert.equal(asker.get('code_challenge_method'), 'S256');
    for (const era of ['modern', 'legacy']) {
      const again = await run(era, login, '--stored-auth-only');
      assert.equal(again.code, 0, again.said);
      assert.match(again.out, /"orders__say"/);
    }
    assert.equal(asked.length, 1);
  });

  test('a login that its user denies is the end of it', async () => {
    const login = (url: string): void => {
      const denying = { ...person, decision: 'deny' };
      void new OAuthBrowser().authorize(url, denying).then(({ answer }) => {
        assert.equal(answer?.searchParams.get('error'), 'access_denied');
        return fetch(answer ?? callback);
      });
    };
    const { code, out } = await run('modern', login, '--relogin');
    assert.notEqual(code, 0);
    assert.doesNotMatch(out, /orders__say/);
  });
});

/** The Inspector wants to be told a port. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
