import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';
import { startChatGateway, type ChatGateway } from './support/start-chat-gateway.ts';

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-chat-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function api({ url }: ChatGateway, key: string, method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, { method, headers, ...sent });
  return { status: response.status, text: await response.text() };
}

/** Begins a run whose tool hangs, and reads until the call is made. */
async function hanging(gateway: ChatGateway, key: string): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ message: 'call', stream: true });
  const response = await fetch(`${gateway.url}/chat`, { method: 'POST', headers, body });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('event: tool_call')) break;
  }
  const runId = /"run_id":"(chr_\w+)"/.exec(text)?.[1];
  return runId ?? assert.fail(text);
}

/** Reads the run behind the call that was seen before, and asserts how it went on. */
async function readRest(gateway: ChatGateway, key: string, runId: string): Promise<void> {
  const { text } = await api(gateway, key, 'GET', `/chat/runs/${runId}/events?after=2`);
  const numbers = [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
  assert.deepEqual(numbers, [3, 4, 5, 6, 7], text);
  assert.match(text, /event: resumed/);
  assert.match(text, /"status":"interrupted"/);
  assert.match(text, /"stop_reason":"done"/);
}

test('a run of a gateway that was killed goes on after its restart', async (t) => {
  const directory = folder(t);
  const one = await startChatGateway(directory);
  t.after(() => one.end('SIGKILL'));
  const runId = await hanging(one, one.apiKey);
  await one.end('SIGKILL');
  await using again = await startChatGateway(directory);
  await readRest(again, one.apiKey, runId);
});

test('a run of a gateway that was stopped in order goes on after its restart', async (t) => {
  const directory = folder(t);
  const one = await startChatGateway(directory);
  t.after(() => one.end('SIGKILL'));
  const runId = await hanging(one, one.apiKey);
  await one.end('SIGTERM');
  await using again = await startChatGateway(directory);
  await readRest(again, one.apiKey, runId);
});

test('a key that is revoked ends its run', async (t) => {
  const directory = folder(t);
  const one = await startChatGateway(directory);
  t.after(() => one.end('SIGKILL'));
  const made = await api(one, one.apiKey, 'POST', '/api/v1/keys', { name: 'other' });
  const { apiKey, id } = JSON.parse(made.text) as { apiKey: string; id: string };
  const runId = await hanging(one, apiKey);
  const revoked = api(one, one.apiKey, 'DELETE', `/api/v1/keys/${id}`);
  assert.ok((await revoked).status < 300);
  const over = await api(one, one.apiKey, 'GET', `/chat/runs/${runId}/events`);
  assert.match(over.text, /"code":"unauthenticated"/);
  assert.match(over.text, /"stop_reason":"failed"/);
});

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';
test('a run of an instance that was killed goes on at another', { skip }, async (t) => {
  await using server = await startPostgres(programs ?? '');
  const { user, password, port } = server;
  const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
  const one = await startChatGateway(folder(t), url);
  t.after(() => one.end('SIGKILL'));
  await using two = await startChatGateway(folder(t), url);
  const runId = await hanging(one, one.apiKey);
  await one.end('SIGKILL');
  await readRest(two, one.apiKey, runId);
});
