import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/app/config/config.ts';
import type { GatewayApp } from '../../../src/app/parts/gateway-app.ts';
import { startApp } from '../../../src/app/start-app.ts';
import { stop } from '../../../src/app/stop.ts';
import { makeKey } from '../../../src/identity/keys/make-key.ts';
import { readKeyFiles } from '../../../src/identity/key-ring/key-files.ts';
import { IdSource } from '../../../src/kernel/ids.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { Log } from '../../../src/kernel/log.ts';
import { envelope, readAnswer, type McpAnswer } from '../../support/mcp-post.ts';
import { startAccounts, type Addresses } from './start-accounts.ts';

/** What the service saw. */
export interface Seen {
  readonly headers: readonly string[];
  readonly calls: number;
  readonly refreshes: number;
}

/** A gateway with two users, in front of a service that wants accounts. */
export interface World extends AsyncDisposable {
  readonly app: GatewayApp;
  readonly url: string;
  readonly directory: string;
  readonly addresses: Addresses;
  /** Every line of the log. */
  readonly logged: string[];
  /** Every answer that anybody got, as text. */
  readonly answered: string[];
  readonly admin: string;
  /** A key of the second user. */
  readonly other: string;
  api(key: string, method: string, path: string, body?: JsonObject): Promise<ApiAnswer>;
  /** Calls a method of a service the modern way. */
  call(
    key: string,
    slug: string,
    params: JsonObject,
    capabilities?: JsonObject,
  ): Promise<McpAnswer>;
  seen(): Promise<Seen>;
  /** How long tokens live from now on. */
  setLife(seconds: number): Promise<void>;
}

/** What the control plane answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly json: JsonObject;
}

/** Starts both processes. */
export async function startWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const addresses = await startAccounts(stack);
  const directory = mkdtempSync(join(tmpdir(), 'gateway-vault-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const [logged, answered]: [string[], string[]] = [[], []];
  const flags = [
    { key: 'data.directory', text: directory, flag: '--data-dir' },
    { key: 'egress.allowLoopback', text: 'true', flag: '--allow-loopback' },
  ];
  const { config } = loadConfig({ flags, environment: {}, folder: directory });
  let admin = '';
  const { app, ready } = await startApp(config, recordingLog(logged), (first) => {
    admin = first.apiKey;
  });
  stack.defer(() => stop(app));
  await ready;
  const url = await app.server.listen('127.0.0.1', 0);
  app.baseUrl.current = url;
  const other = await addUser(app, directory);
  const owned = stack.move();
  const note = (text: string): void => void answered.push(text);
  const api: World['api'] = async (key, method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, { method, headers, ...sent });
    const text = await response.text();
    note(text);
    return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as JsonObject) };
  };
  const call: World['call'] = async (key, slug, params, capabilities = {}) => {
    const answer = await callTool(`${url}/mcp/${slug}`, key, params, capabilities);
    note(JSON.stringify(answer.body));
    return answer;
  };
  return {
    app,
    url,
    directory,
    addresses,
    logged,
    answered,
    admin,
    other,
    api,
    call,
    seen: async () => (await (await fetch(`${addresses.origin}/seen`)).json()) as Seen,
    setLife: async (seconds) => {
      await fetch(`${addresses.origin}/life/${seconds}`, { method: 'POST' });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function addUser({ storage }: GatewayApp, directory: string): Promise<string> {
  const [tenant] = await storage.tenants.list();
  const [ring] = await readKeyFiles(directory);
  if (tenant === undefined || ring === undefined) throw new Error('There is no tenant');
  const base = { id: 'usr_other', login: 'other', name: 'other', status: 'active' } as const;
  const nothing = { email: null, emailVerifiedAtMs: null, passwordHash: null };
  const account = { ...base, ...nothing, passwordChangedAtMs: null, createdAtMs: 1, version: 1 };
  const membership = {
    tenant: tenant.id,
    userId: account.id,
    roles: ['developer'],
    status: 'active',
    source: 'local',
    externalId: null,
    createdAtMs: 1,
    version: 1,
  } as const;
  await storage.members.add(tenant.id, membership, account);
  const maker = { keySecret: ring.secret, env: 'live', ids: new IdSource(), now: Date.now };
  const subject = { kind: 'user', id: account.id } as const;
  const made = makeKey(maker, tenant.id, { subject, name: 'test' });
  await storage.apiKeys.create(tenant.id, made);
  return made.plaintext;
}

async function callTool(
  url: string,
  key: string,
  { method = 'tools/call', ...params }: JsonObject,
  capabilities: JsonObject,
): Promise<McpAnswer> {
  const named = params['name'] ?? params['uri'];
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': typeof method === 'string' ? method : '',
      ...(typeof named === 'string' && { 'mcp-name': named }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: { ...params, _meta: envelope(capabilities) },
    }),
  });
  return await readAnswer(response);
}

function recordingLog(logged: string[]): Log {
  const keep = (fields: object, message: string): void => {
    logged.push(JSON.stringify({ ...fields, message }));
  };
  return { debug: keep, info: keep, warn: keep, error: keep };
}
