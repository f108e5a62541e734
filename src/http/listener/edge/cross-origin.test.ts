import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { startDoors, testKeys } from '../../../../test/support/start-doors.ts';

/** Where Debian has its browser. */
const BROWSER = '/usr/bin/chromium';
const skip = existsSync(BROWSER) ? false : `there is no browser at ${BROWSER}`;

/** Serves an empty page on a port of its own, which is an origin of its own. */
async function servePage(): Promise<{ origin: string } & Disposable> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Seen {
  readonly status: number;
  readonly session: string | null;
  readonly challenge: string | null;
  readonly text: string;
}

/** Asks from inside a page, as its own script would; 'refused' when the browser does not let it. */
function ask(page: Page, url: string, key: string | undefined): Promise<Seen | 'refused'> {
  return page.evaluate(
    async ([address, apiKey]) => {
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'page', version: '1' },
      };
      try {
        const answer = await fetch(`${address}/mcp`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2025-11-25',
            ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
        });
        return {
          status: answer.status,
          session: answer.headers.get('mcp-session-id'),
          challenge: answer.headers.get('www-authenticate'),
          text: await answer.text(),
        };
      } catch {
        return 'refused' as const;
      }
    },
    [url, key] as const,
  );
}

test('a page of an allowed origin talks to the gateway, any other does not', { skip }, async () => {
  using listed = await servePage();
  using foreign = await servePage();
  await using doors = await startDoors({}, { allowedOrigins: [listed.origin] });
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(listed.origin);
    const known = await ask(page, doors.url, testKeys.a);
    assert.ok(known !== 'refused');
    assert.equal(known.status, 200);
    assert.match(known.session ?? '', /./);
    assert.match(known.text, /"serverInfo"/);
    // The page can read what it lacks.
    const unknown = await ask(page, doors.url, undefined);
    assert.ok(unknown !== 'refused');
    assert.equal(unknown.status, 401);
    assert.match(unknown.challenge ?? '', /^Bearer/);
    await page.goto(foreign.origin);
    assert.equal(await ask(page, doors.url, testKeys.a), 'refused');
    assert.equal(await ask(page, doors.url, undefined), 'refused');
  } finally {
    await browser.close();
  }
});
