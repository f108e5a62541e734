import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/app/config/config.ts';
import type { GatewayApp } from '../../../src/app/parts/gateway-app.ts';
import { startApp } from '../../../src/app/start-app.ts';
import { stop } from '../../../src/app/stop.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { sendJson, startHttpFixture } from '../../support/mcp-http/http-fixture.ts';
import { startToldModel, type ToldModel } from './start-told-model.ts';

/** A gateway whose default model does what it is told, with a service behind it. */
export interface ToldGateway {
  readonly app: GatewayApp;
  readonly model: ToldModel;
  readonly url: string;
  readonly apiKey: string;
  /** What the service was called with. */
  readonly called: unknown[];
  /** Resolves when the next call of the service's `hang` is dropped. */
  nextDropped(): Promise<void>;
  post(path: string, body: object, signal?: AbortSignal): Promise<Response>;
  send(method: string, path: string): Promise<Response>;
}

const tools = [
  { name: 'read', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'hang', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'ask', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'write', inputSchema: { type: 'object' } },
];
const form = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };

/** Starts it; it is gone with the stack. */
export async function startToldGateway(stack: AsyncDisposableStack): Promise<ToldGateway> {
  const model = stack.use(await startToldModel());
  const called: unknown[] = [];
  let dropped = Promise.withResolvers<void>();
  const service = stack.use(await startService(called, () => dropped.resolve()));
  const directory = mkdtempSync(join(tmpdir(), 'gateway-chat-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const setting = (key: string, text: string) => ({ key, text, flag: `--set ${key}` });
  const { config } = loadConfig({
    flags: [setting('data.directory', directory), setting('egress.allowLoopback', 'true')],
    environment: {},
    folder: directory,
  });
  let apiKey = '';
  const { app } = await startApp(config, silentLog, (admin) => void ({ apiKey } = admin));
  stack.defer(() => stop(app));
  const url = await app.server.listen('127.0.0.1', 0);
  const principal = await app.admit(apiKey, '/mcp');
  const shown = { title: 'Notes', slug: 'notes', kind: 'mcp-http', config: { url: service.url } };
  await app.registry.register(principal, shown);
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const send: ToldGateway['send'] = (method, path) => fetch(`${url}${path}`, { method, headers });
  const post: ToldGateway['post'] = (path, body, signal) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
  const made = await post('/api/v1/models/providers', {
    name: 'told',
    settings: { kind: 'openai_compatible', baseUrl: model.url },
    models: [{ id: 'one', contextTokens: 100_000, takes: ['image/'], isDefault: true }],
  });
  assert.equal(made.status, 201, await made.clone().text());
  const nextDropped = (): Promise<void> => {
    dropped = Promise.withResolvers();
    return dropped.promise;
  };
  return { app, model, url, apiKey, called, nextDropped, post, send };
}

async function startService(called: unknown[], dropped: () => void) {
  return await startHttpFixture(({ id, method, params }, response) => {
    const reply = (result: object): void =>
      sendJson(response, 200, { id, result: { resultType: 'complete', ...result } });
    switch (method) {
      case 'server/discover':
        return reply({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
      case 'tools/list':
        return reply({ tools });
      case 'tools/call': {
        called.push(params?.['arguments']);
        const { name, inputResponses } = params ?? {};
        if (name === 'hang') return void response.on('close', dropped);
        if (name === 'ask' && inputResponses === undefined) {
          const inputRequests = { who: { method: 'elicitation/create', params: form } };
          return reply({ resultType: 'input_required', inputRequests, requestState: 's' });
        }
        const said = JSON.stringify(inputResponses ?? params?.['arguments']);
        return reply({ content: [{ type: 'text', text: said }] });
      }
      default:
        return sendJson(response, 404, { id, error: { code: -32601, message: 'unknown' } });
    }
  });
}
