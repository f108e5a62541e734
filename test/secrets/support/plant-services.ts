import type { JsonObject } from '../../../src/kernel/json.ts';
import { envelope, modernHeaders, post } from '../../support/mcp-post.ts';
import { Browser } from '../../vault/support/browser.ts';
import { textIn, type SecretWorld } from './secret-world.ts';

/** A port that nothing listens on. */
const NOWHERE = 'http://127.0.0.1:9/hook';

/** Calls a tool of a service the modern way; the answer as text. */
export async function callTool(
  { gateway }: SecretWorld,
  slug: string,
  name: string,
  given: JsonObject = {},
): Promise<string> {
  const params = { name, arguments: given, _meta: envelope({}) };
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  const authorization = `Bearer ${gateway.apiKey}`;
  const headers = { ...modernHeaders('tools/call', name), authorization };
  return JSON.stringify((await post(`${gateway.url}/mcp/${slug}`, body, headers)).body);
}

/** Plants what services are reached with; what callers were told meanwhile. */
export async function plantServices(world: SecretWorld): Promise<readonly string[]> {
  const { plants, done, upstream, accounts } = world;
  const register = (body: JsonObject) => done('POST', '/register-service', body);
  const { url } = upstream;
  const http = (slug: string, config: JsonObject, secrets: JsonObject = {}) =>
    register({ slug, kind: 'mcp-http', config: { url, ...config }, secrets });
  await register({ slug: 'token', url, token: plants.make('token of a service') });
  const S = plants.make('header of a service');
  await http('header', { headers: { Authorization: 'Bearer ${S}' } }, { S });
  await http('literal', { headers: { 'X-Api-Key': plants.make('literal header') } });
  const bearer = plants.make('bearer token of a service');
  await http('bearer', { credentials: { type: 'bearer', token: '${S}' } }, { S: bearer });
  const password = { type: 'basic', username: 'gateway', password: '${S}' };
  await http('basic', { credentials: password }, { S: plants.make('password of a service') });
  const key = { type: 'apiKey', in: 'header', name: 'X-Key', value: '${S}' };
  await http('key', { credentials: key }, { S: plants.make('API key of a service') });
  await register({
    slug: 'api',
    kind: 'openapi',
    config: {
      document: apiDocument(NOWHERE),
      credentials: { key: { value: plants.make('literal API credential') } },
    },
  });
  const machine = { type: 'clientCredentials', clientId: 'machine', clientSecret: '${S}' };
  await register({
    slug: 'machine',
    kind: 'mcp-http',
    config: { url: accounts.resource, credentials: machine },
    secrets: { S: plants.add('client secret at a service', 'CANARY-machine-secret-0123456789') },
  });
  await plantAccounts(world);
  const told: string[] = [];
  for (const slug of ['declared', 'token', 'header', 'literal', 'bearer', 'basic', 'key']) {
    told.push(await callTool(world, slug, 'seen'));
  }
  return told;
}

/** An account of the administrator's at a service, and one that is only begun. */
async function plantAccounts({ plants, done, ask, gateway, accounts, ...world }: SecretWorld) {
  const personal = { type: 'authorizationCode', scopes: ['read'] };
  const config = { url: accounts.resource, credentials: personal };
  await done('POST', '/register-service', { slug: 'diary', kind: 'mcp-http', config });
  const begin = async () =>
    textIn(await done('POST', '/api/v1/connections', { service: 'diary' }), 'url');
  const end = await new Browser().connect(await begin());
  if (end.status !== 200) throw new Error(end.text);
  const whole = { plants, done, ask, gateway, accounts, ...world };
  await callTool(whole, 'diary', 'whoami');
  await callTool(whole, 'machine', 'whoami');
  const seen = await (await fetch(`${accounts.origin}/seen`)).text();
  for (const [, token = ''] of seen.matchAll(/Bearer ([\w.~+/-]+)/g)) {
    plants.add('token of an account', token);
  }
  plants.add('connect state', (await begin()).split('/').at(-1) ?? '');
  const subjectToken = plants.make('subject token');
  const body = { service: 'diary', subjectToken };
  await ask('POST', '/api/v1/connections', { as: gateway.apiKey, body });
}

function apiDocument(url: string): JsonObject {
  const securitySchemes = { key: { type: 'apiKey', in: 'header', name: 'X-Key' } };
  const get = { operationId: 'look', responses: { 200: { description: 'ok' } } };
  return {
    openapi: '3.1.0',
    info: { title: 'Api', version: '1' },
    servers: [{ url }],
    components: { securitySchemes },
    security: [{ key: [] }],
    paths: { '/things': { get } },
  };
}

/** Plants what rules sign with, a call that waits for an approval, and a provider's secret. */
export async function plantRules(world: SecretWorld): Promise<void> {
  const { plants, done, ask } = world;
  const detector = { kind: 'webhook', url: NOWHERE, onFailure: 'pass', timeoutMs: 500 };
  await done('POST', '/api/v1/guardrails', {
    name: 'ask',
    secret: plants.make('webhook secret'),
    rule: { where: 'arguments', tools: ['header__echo'], detector, action: 'block' },
  });
  await done('POST', '/api/v1/approval-rules', {
    name: 'wait',
    secret: plants.make('approval webhook secret'),
    rule: {
      tools: ['bearer__echo'],
      annotations: 'any',
      ask: 'approvers',
      waitMs: 0,
      notices: [{ url: NOWHERE, format: 'json' }],
    },
  });
  await done('POST', '/api/v1/billing/exporters', {
    name: 'elsewhere',
    settings: { kind: 'lago', url: NOWHERE, subscription: 'acme', codes: {} },
    credential: plants.make('exporter credential'),
  });
  await done('POST', '/api/v1/models/providers', {
    name: 'elsewhere',
    settings: { kind: 'openai_compatible', baseUrl: NOWHERE },
    key: plants.make('key of a model provider'),
    models: [{ id: 'some-model', contextTokens: 8_192 }],
  });
  const approvals = /\/api\/v1\/approvals/;
  await callTool(world, 'bearer', 'echo', { text: plants.make('argument of a call', approvals) });
  await callTool(world, 'header', 'echo', { text: 'hello' });
  await callTool(world, 'api', 'look');
  await callTool(world, 'child', 'meta');
  const made = await done('POST', '/api/v1/sso-connections', {
    name: 'Acme',
    issuer: 'http://127.0.0.1:9',
    clientId: 'gateway',
    clientSecret: plants.make('SSO client secret'),
    groupsClaim: 'groups',
    roles: { staff: ['developer'] },
    jit: true,
  });
  await ask('GET', new URL(textIn(made, 'startUrl')).pathname);
}
