import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { openBareClient } from '../interop/open-answering-client.ts';
import { startChangingServer, toolNamed } from '../support/mcp-http/changing-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const GUIDE = '../../docs/guide/administer-by-agent.md';

type Answer = Readonly<Record<string, unknown>>;
type Rows = readonly Readonly<Record<string, unknown>>[];

/** What there is to a call: its result's texts, and whether it failed. */
interface Called {
  readonly text: string;
  readonly isError: boolean;
}

describe('an agent that administers a running gateway', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let upstream: Awaited<ReturnType<typeof startChangingServer>>;
  const admin = (method: string, path: string, body?: Answer): Promise<Answer> =>
    callApi(gateway, method, path, body);
  const keyWith = async (limits: Answer): Promise<string> => {
    const { apiKey } = await admin('POST', '/api/v1/keys', { name: 'limited', ...limits });
    return String(apiKey);
  };
  const keyOfRole = async (role: string): Promise<string> => {
    const body = { name: `robot ${role}`, roles: [role] };
    const { id } = await admin('POST', '/api/v1/service-accounts', body);
    return await keyWith({ serviceAccountId: id });
  };
  const tools = async (apiKey: string, path = '/mcp'): Promise<readonly string[]> => {
    const client = await openBareClient({
      endpoint: `${gateway.url}${path}`,
      apiKey,
      era: 'modern',
    });
    const listed = await client.listTools();
    await client.close();
    return listed.tools.map(({ name }) => name).toSorted();
  };
  const call = async (
    apiKey: string,
    name: string,
    args: Record<string, unknown> = {},
    { path = '/mcp', era = 'modern' }: { path?: string; era?: 'modern' | 'legacy' } = {},
  ): Promise<Called> => {
    const client = await openBareClient({ endpoint: `${gateway.url}${path}`, apiKey, era });
    try {
      const { content, isError } = await client.callTool({ name, arguments: args });
      const text = (content as readonly { text: string }[]).map((one) => one.text).join('\n');
      return { text, isError: isError === true };
    } finally {
      await client.close();
    }
  };

  before(async () => {
    upstream = await startChangingServer([toolNamed('say')]);
    gateway = await startGateway({ flags: ['--set', 'server.adminTools=true'] });
    await admin('POST', '/register-service', { slug: 'orders', url: upstream.url });
  });
  after(async () => {
    await gateway?.stop();
    await upstream?.[Symbol.asyncDispose]();
  });

  test('sees what each caller may do over the API, and can do that alone', async () => {
    const document = await admin('GET', '/openapi.json');
    const needed = new Map<string, string>();
    for (const operations of Object.values(document['paths'] as Record<string, Answer>)) {
      for (const operation of Object.values(operations) as Answer[]) {
        needed.set(String(operation['operationId']), String(operation['x-required-permission']));
      }
    }
    const callers: Readonly<Record<string, string>> = {
      owner: gateway.apiKey,
      developer: await keyOfRole('developer'),
      viewer: await keyOfRole('viewer'),
      auditor: await keyWith({ scopes: ['mcp.use', 'audit.read'] }),
    };
    let cells = 0;
    for (const [who, apiKey] of Object.entries(callers)) {
      const { permissions } = await callApi({ ...gateway, apiKey }, 'GET', '/api/v1/me');
      const held = permissions as readonly string[];
      const seen = (await tools(apiKey, '/mcp/gateway')).filter((name) => needed.has(name));
      for (const name of seen) {
        const permission = needed.get(name) ?? '';
        assert.ok(permission === 'admitted' || held.includes(permission), `${who} sees ${name}`);
        cells += 1;
      }
      const ours = (await tools(gateway.apiKey, '/mcp/gateway')).filter((name) => {
        const permission = needed.get(name) ?? '';
        return permission !== 'admitted' && !held.includes(permission);
      });
      for (const name of ours) {
        assert.ok(!seen.includes(name), `${who} sees ${name}`);
        const refused = call(apiKey, name, {}, { path: '/mcp/gateway' });
        await assert.rejects(refused, /Unknown tool/, `${who} calls ${name}`);
        cells += 1;
      }
    }
    assert.ok(cells >= 250, `only ${cells} cells`);
  });

  test('does by a tool what the API does, with its audit entries and usage records', async () => {
    for (const era of ['modern', 'legacy'] as const) {
      const name = `team ${era}`;
      const made = await call(gateway.apiKey, 'gateway__createGroup', { body: { name } }, { era });
      assert.equal(made.isError, false, made.text);
      const { groups } = await admin('GET', '/api/v1/groups');
      assert.ok((groups as Rows).some((group) => group['name'] === name));
      const again = await call(gateway.apiKey, 'gateway__createGroup', { body: { name } }, { era });
      assert.match(again.text, /HTTP 409/);
    }
    const { events } = await admin('GET', '/api/v1/audit?order=newest');
    const control = (events as Rows).filter(
      ({ kind, action }) => kind === 'control' && action === 'createGroup',
    );
    const outcomes = control.map(({ outcome }) => String(outcome)).toSorted();
    assert.deepEqual(outcomes, [
      'begun',
      'begun',
      'begun',
      'begun',
      'failed',
      'failed',
      'ok',
      'ok',
    ]);
    const { records } = await admin('GET', '/api/v1/usage?order=newest');
    const own = (records as Rows).filter(({ tool }) => tool === 'createGroup');
    assert.equal(own.length, 4);
    assert.ok(own.every(({ serviceId }) => serviceId === 'svc_gateway'));
  });

  test('is held to rules, and cannot be reached by who is not allowed it by name', async () => {
    const limited = await keyWith({ access: { services: ['orders'] } });
    assert.deepEqual(await tools(limited), ['orders__say']);
    await assert.rejects(call(limited, 'gateway__getMe'), /Unknown tool/);
    await assert.rejects(tools(limited, '/mcp/gateway'));
    const all = await keyWith({ access: { services: ['*'] } });
    assert.deepEqual(await tools(all), ['orders__say']);
    const named = await keyWith({ access: { tools: ['gateway__list*'] } });
    assert.ok((await tools(named)).every((name) => name.startsWith('gateway__list')));
    assert.match((await call(named, 'gateway__listKeys')).text, /"keys"/);
    const rule = { name: 'no keys by agents', effect: 'deny', tools: ['gateway__createKey'] };
    const { id } = await admin('POST', '/api/v1/policy/rules', rule);
    const tried = call(gateway.apiKey, 'gateway__createKey', { body: { name: 'x' } });
    await assert.rejects(tried, /Unknown tool/);
    await admin('DELETE', `/api/v1/policy/rules/${String(id)}`);
    const made = await call(gateway.apiKey, 'gateway__createKey', { body: { name: 'x' } });
    assert.match(made.text, /mgw_live_/);
  });

  test('cannot be changed, copied or replaced by what is registered', async () => {
    const taken = admin('POST', '/register-service', { slug: 'gateway', url: upstream.url });
    await assert.rejects(taken, /409/);
    await assert.rejects(admin('DELETE', '/api/v1/services/gateway'), /404/);
    const { services } = await admin('GET', '/services');
    assert.deepEqual(
      (services as Rows).map(({ slug }) => slug),
      ['orders'],
    );
    const item = { kind: 'tool', service: 'gateway', name: 'createKey' };
    const bundle = { slug: 'small', title: 'Small', items: [item] };
    await assert.rejects(admin('POST', '/api/v1/bundles', bundle), /4\d\d/);
  });

  test('is refused like others when its key ends', async () => {
    const body = { body: { name: 'for a day' } };
    const { text } = await call(gateway.apiKey, 'gateway__createKey', body);
    const { id, apiKey } = JSON.parse(text.split('\n')[0] ?? '') as { id: string; apiKey: string };
    assert.match((await call(apiKey, 'gateway__getMe')).text, /"permissions"/);
    await call(gateway.apiKey, 'gateway__revokeKey', { key: id });
    await assert.rejects(call(apiKey, 'gateway__getMe'), /401|credential|unauth/i);
  });

  test('does what the guide says', async () => {
    const guide = await readFile(new URL(GUIDE, import.meta.url), 'utf8');
    const calls = [...guide.matchAll(/^```json\n([^`]+)```$/gm)].map(
      ([, text]) => JSON.parse(text ?? '') as { name: string; arguments: Record<string, unknown> },
    );
    assert.ok(calls.length >= 5, `only ${calls.length} calls in the guide`);
    for (const { name, arguments: args } of calls) {
      const { text, isError } = await call(gateway.apiKey, name, args);
      assert.equal(isError, false, `${name}: ${text}`);
    }
    assert.ok(!(await tools(gateway.apiKey)).includes('gateway__createKey'));
  });

  test('can be what a session reaches', async () => {
    const { services } = await admin('POST', '/sessions', { services: ['gateway'] });
    assert.deepEqual(services, ['gateway']);
  });
});

describe('a gateway that was not asked for tools of its own', { timeout: 60_000 }, () => {
  test('has none', async () => {
    const gateway = await startGateway();
    try {
      const endpoint = `${gateway.url}/mcp`;
      const client = await openBareClient({ endpoint, apiKey: gateway.apiKey, era: 'modern' });
      const { tools } = await client.listTools().catch(() => ({ tools: [] }));
      assert.deepEqual(tools, []);
      await client.close();
    } finally {
      await gateway.stop();
    }
  });
});
