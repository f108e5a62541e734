import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatCompletionRequest, FixtureFileResponse } from '@copilotkit/aimock';
import { loadConfig } from '../../../src/app/config/config.ts';
import type { GatewayApp } from '../../../src/app/parts/gateway-app.ts';
import { startApp } from '../../../src/app/start-app.ts';
import { stop } from '../../../src/app/stop.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { sendJson, startHttpFixture } from '../../support/mcp-http/http-fixture.ts';
import { startModelServer, type ModelServer } from '../../support/start-model-server.ts';

const reads = { inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } };
const tools = [
  { name: 'get', ...reads },
  { name: 'list', ...reads },
  { name: 'cancel', inputSchema: { type: 'object' } },
];

/** What came back of a request. */
export interface Came {
  readonly status: number;
  readonly etag: string | null;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A gateway over HTTP with a service behind it, and a model that answers by a script. */
export interface AgentWorld {
  readonly app: GatewayApp;
  readonly url: string;
  readonly apiKey: string;
  readonly server: ModelServer;
  /** Names of tools that were called at the service. */
  readonly called: string[];
  send(
    method: string,
    path: string,
    body?: unknown,
    more?: { readonly key?: string; readonly ifMatch?: string },
  ): Promise<Came>;
  /** Bodies that the model was asked with, the latest last. */
  asked(): readonly ChatCompletionRequest[];
}

/** The text of a message that the model was asked with. */
export function contentOf(message: ChatCompletionRequest['messages'][number] | undefined): string {
  const { content } = message ?? {};
  return typeof content === 'string' ? content : JSON.stringify(content ?? '');
}

/** Answers of the scripted model, by what it is asked. */
export type Script = (request: ChatCompletionRequest) => FixtureFileResponse & object;

/** Starts one; everything ends with the stack. */
export async function agentWorld(stack: AsyncDisposableStack, script: Script): Promise<AgentWorld> {
  const called: string[] = [];
  const service = stack.use(await startService(called));
  const server = stack.use(await startModelServer());
  server.mock.on({}, ((request: ChatCompletionRequest) => script(request)) as never);
  const directory = mkdtempSync(join(tmpdir(), 'gateway-agents-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const setting = (key: string, text: string) => ({ key, text, flag: `--set ${key}` });
  const { config } = loadConfig({
    flags: [setting('data.directory', directory), setting('egress.allowLoopback', 'true')],
    environment: {},
    folder: directory,
  });
  let apiKey = '';
  const { app } = await startApp(config, silentLog, (admin) => ({ apiKey } = admin));
  stack.defer(() => stop(app));
  const url = (await app.server.listen('127.0.0.1', 0)).replace(/\/$/, '');
  const send: AgentWorld['send'] = async (method, path, body, { key = apiKey, ifMatch } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (text === '' ? {} : JSON.parse(text)) as Came['json'];
    return { status: response.status, etag: response.headers.get('etag'), json };
  };
  const principal = await app.admit(apiKey, '/mcp');
  const orders = { title: 'Orders', slug: 'orders', kind: 'mcp-http' };
  await app.registry.register(principal, { ...orders, config: { url: service.url } });
  await send('POST', '/api/v1/models/providers', {
    name: 'own',
    settings: { kind: 'openai_compatible', baseUrl: server.baseUrl('openai_compatible') },
    models: ['one', 'two'].map((id) => ({ id, contextTokens: 100_000, isDefault: id === 'one' })),
  });
  const asked = () => server.requests().map(({ body }) => body as ChatCompletionRequest);
  return { app, url, apiKey, server, called, send, asked };
}

function startService(called: string[]) {
  return startHttpFixture(({ id, method, params }, response) => {
    const reply = (result: object): void =>
      sendJson(response, 200, { id, result: { resultType: 'complete', ...result } });
    switch (method) {
      case 'server/discover':
        return reply({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
      case 'tools/list':
        return reply({ tools });
      case 'tools/call':
        called.push(String(params?.['name']));
        return reply({ content: [{ type: 'text', text: `It is ${String(params?.['name'])}.` }] });
      default:
        return sendJson(response, 404, { id, error: { code: -32601, message: 'unknown' } });
    }
  });
}
