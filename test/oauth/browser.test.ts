import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { chromium, type Browser } from 'playwright-core';
import { addPerson, type SignInPerson } from '../support/add-person.ts';
import { authorizeUrl, askToken, makePkce, registerClient } from '../support/oauth-browser.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const CHROMIUM = '/usr/bin/chromium';
const skip = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`;

describe('a person in a real browser', { skip }, () => {
  let gateway: RunningGateway;
  let person: SignInPerson;
  let browser: Browser;
  before(async () => {
    gateway = await startGateway();
    person = await addPerson(gateway.url, gateway.apiKey, 'developer');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser.close();
    await gateway.stop();
  });

  test('signs in, consents, and is led back to the program on its computer', async () => {
    await using program = await startProgram();
    const { body } = await registerClient(gateway.url, { redirect_uris: [program.redirectUri] });
    const client = { id: body['client_id'] ?? '', redirectUri: program.redirectUri };
    const { verifier, challenge } = makePkce();
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(authorizeUrl(gateway.url, client, challenge));
    assert.equal(await page.title(), 'Sign in');
    await page.fill('input[name=login]', person.login);
    await page.fill('input[name=password]', 'not the password');
    await page.click('button[value=sign-in]');
    assert.match(await page.innerText('[role=alert]'), /is not right/);
    await page.fill('input[name=password]', person.password);
    await page.click('button[value=sign-in]');
    assert.equal(await page.title(), 'Allow access?');
    assert.match(await page.innerText('main'), /Test client[\s\S]*127\.0\.0\.1/);
    await page.click('button[value=allow]');
    await page.waitForURL(`${program.redirectUri}**`);
    const answered = new URL(page.url());
    assert.equal(answered.searchParams.get('iss'), gateway.url);
    assert.equal(answered.searchParams.get('state'), 'state-1');
    const token = await askToken(gateway.url, {
      grant_type: 'authorization_code',
      code: answered.searchParams.get('code') ?? '',
      redirect_uri: program.redirectUri,
      client_id: client.id,
      code_verifier: verifier,
    });
    assert.equal(token.status, 200);
    // Nothing on the pages was refused by their own policy.
    assert.deepEqual(
      problems.filter((text) => /Content Security Policy|refused/i.test(text)),
      [],
    );

    // The browser is signed in now; a program on this computer is asked about again, and denied.
    await page.goto(authorizeUrl(gateway.url, client, makePkce().challenge));
    assert.equal(await page.title(), 'Allow access?');
    await page.click('button[value=deny]');
    await page.waitForURL(`${program.redirectUri}**`);
    assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied');
    await page.close();
  });

  test('is not shown the pages inside those of somebody else', async () => {
    await using program = await startProgram();
    const { body } = await registerClient(gateway.url, { redirect_uris: [program.redirectUri] });
    const client = { id: body['client_id'] ?? '', redirectUri: program.redirectUri };
    const url = authorizeUrl(gateway.url, client, makePkce().challenge);
    program.html = `<iframe src="${url.replaceAll('&', '&amp;')}"></iframe>`;
    const page = await browser.newPage();
    await page.goto(program.url);
    const frame = page.frames()[1];
    await frame?.waitForLoadState().catch(() => {});
    const shown = await frame?.content().catch(() => '');
    assert.ok(!(shown ?? '').includes('password'));
    await page.close();
  });
});

interface Program extends AsyncDisposable {
  readonly url: string;
  readonly redirectUri: string;
  html: string;
}

/** A program that listens for the answer. */
async function startProgram(): Promise<Program> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(program.html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const program: Program = {
    url,
    redirectUri: `${url}/callback`,
    html: 'You can close this page.',
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return program;
}
