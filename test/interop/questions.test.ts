import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/client';
import { callApi } from '../../examples/quickstart/call-api.ts';
import type { Listening } from '../../examples/support/listen.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { startAskingServer } from './asking-server.ts';
import {
  openAnsweringClient,
  openBareClient,
  type Place,
  type User,
} from './open-answering-client.ts';

const CALL_MS = 20_000;
const LIST_AGAIN_MS = 500;
const manifest = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/package.json',
);
const everything = join(dirname(manifest), 'dist', 'index.js');

/** Tools of server-everything that only a client with the capability is shown. */
const conditional = [
  'get-roots-list',
  'trigger-elicitation-request',
  'trigger-sampling-request',
  'trigger-url-elicitation',
];

/** One service as one client has it; tools have their service's name in front on `/mcp`. */
interface Door {
  readonly place: () => Place;
  readonly prefix: string;
}

describe('questions to the user through a running gateway', { timeout: 60_000 }, () => {
  let gateway: RunningGateway;
  let asking: Listening;
  before(async () => {
    asking = await startAskingServer();
    gateway = await startGateway();
    const stdio = { command: process.execPath, args: [everything, 'stdio'] };
    await callApi(gateway, 'POST', '/register-service', { slug: 'everything', ...stdio });
    await callApi(gateway, 'POST', '/register-service', { slug: 'asking', url: asking.url });
  });
  after(async () => {
    await gateway?.stop();
    await asking?.close();
  });

  for (const era of ['modern', 'legacy'] as const) {
    const doorTo = (slug: string, path: string, prefix: string): Door => ({
      place: () => ({ endpoint: `${gateway.url}${path}`, apiKey: gateway.apiKey, era }),
      prefix: prefix === '' ? '' : `${slug}${prefix}`,
    });
    for (const slug of ['everything', 'asking'] as const) {
      const tests = slug === 'everything' ? legacyService : modernService;
      const to = slug === 'everything' ? 'a legacy service' : 'a modern service';
      describe(`a ${era} client of ${to} at /mcp`, () => tests(doorTo(slug, '/mcp', '__')));
      describe(`a ${era} client of ${to} at /mcp/{service}`, () =>
        tests(doorTo(slug, `/mcp/${slug}`, '')));
    }
  }
});

/** Connects before the tests; `run` calls a tool that must not fail, and resolves to its text. */
function connected({ place, prefix }: Door) {
  let client: Client;
  let user: User;
  before(async () => {
    ({ client, user } = await openAnsweringClient(place()));
  });
  after(() => client?.close());
  return {
    client: () => client,
    user: () => user,
    run: async (tool: string, input: Record<string, unknown> = {}): Promise<string> => {
      const call = { name: `${prefix}${tool}`, arguments: input };
      const { content, isError } = await client.callTool(call, { timeout: CALL_MS });
      assert.notEqual(isError, true, JSON.stringify(content));
      return content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
    },
  };
}

function legacyService(door: Door): void {
  const { client, user, run } = connected(door);

  test('sees all 17 tools, and 13 when it declares no capability', async () => {
    const all = await ownTools(client(), door);
    const bare = await openBareClient(door.place());
    const few = await ownTools(bare, door);
    await bare.close();
    assert.equal(all.length, 17, all.join(' '));
    assert.equal(few.length, 13, few.join(' '));
    assert.deepEqual(all.filter((tool) => !few.includes(tool)).toSorted(), conditional);
  });

  test('gets an accepted form to the tool', async () => {
    user().answer = { action: 'accept', content: { name: 'Ada', integer: 7 } };
    const said = await run('trigger-elicitation-request');
    assert.match(said, /Name: Ada\n- Favorite Integer: 7/);
    assert.equal(user().asked.length, 1);
  });

  test('gets a declined and a cancelled form to the tool', async () => {
    user().answer = { action: 'decline' };
    assert.match(await run('trigger-elicitation-request'), /User declined/);
    user().answer = { action: 'cancel' };
    assert.match(await run('trigger-elicitation-request'), /User cancelled/);
  });

  test('answers a URL question, asked by request and by error', async () => {
    const tool = 'trigger-url-elicitation';
    const url = 'https://example.com/sign-in';
    user().asked.length = 0;
    user().answer = { action: 'accept' };
    assert.match(await run(tool, { url }), /User completed the URL/);
    assert.deepEqual(urls(user()), [url]);
    assert.match(await run(tool, { url, errorPath: true }), /User completed the URL/);
    assert.deepEqual(urls(user()).slice(1), ['https://modelcontextprotocol.io', url]);
    user().answer = { action: 'decline' };
    assert.match(await run(tool, { url }), /User declined to open the URL/);
    user().answer = { action: 'cancel' };
    assert.match(await run(tool, { url }), /User cancelled the URL/);
  });

  test('lends its model to the tool', async () => {
    const input = { prompt: 'Which tea?', maxTokens: 10 };
    assert.match(await run('trigger-sampling-request', input), /green tea/);
  });

  test('tells the tool its roots', async () => {
    assert.match(await run('get-roots-list'), /file:\/\/\/home\/ada\/teas/);
  });
}

function modernService(door: Door): void {
  const { user, run } = connected(door);

  test('answers every kind of question', async () => {
    user().answer = { action: 'accept', content: { tea: 'green' } };
    assert.match(await run('ask-form'), /"accept".*"tea":"green"/);
    user().answer = { action: 'accept' };
    assert.match(await run('ask-url'), /"accept"/);
    assert.deepEqual(urls(user()), ['https://example.com/sign-in']);
    assert.match(await run('ask-model'), /green tea/);
    assert.match(await run('ask-roots'), /file:\/\/\/home\/ada\/teas/);
  });

  test('gets refusals through', async () => {
    for (const action of ['decline', 'cancel'] as const) {
      user().answer = { action };
      for (const tool of ['ask-form', 'ask-url']) {
        assert.match(await run(tool), new RegExp(`"action":"${action}"`));
      }
    }
  });
}

/** The service's tools under its own names; one that starts slowly joins the list of all later. */
async function ownTools(client: Client, { prefix }: Door): Promise<readonly string[]> {
  const deadlineMs = Date.now() + CALL_MS;
  for (;;) {
    const { tools } = await client.listTools(undefined, { cacheMode: 'refresh' });
    const names = tools.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    if (names.length > 0 || Date.now() > deadlineMs) {
      return names.map((name) => name.slice(prefix.length));
    }
    await delay(LIST_AGAIN_MS);
  }
}

function urls({ asked }: User): readonly string[] {
  return asked.flatMap((params) => ('url' in params ? [params.url] : []));
}
