import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { chargesOf, saidCost } from '../../examples/quickstart/charged-calls.ts';
import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import {
  startChangingServer,
  toolNamed,
  type ChangingServer,
} from '../support/mcp-http/changing-server.ts';
import { envelope, modernHeaders, post } from '../support/mcp-post.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { until } from '../support/until.ts';

const flags = ['--set=billing.demoPlan=true', '--set=server.adminTools=true'];

describe('what a plan says', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let server: ChangingServer;
  before(async () => {
    server = await startChangingServer([toolNamed('buy'), toolNamed('look')]);
    gateway = await startGateway({ flags });
    await callApi(gateway, 'POST', '/register-service', { slug: 'shop', url: server.url });
  });
  after(async () => {
    await gateway?.stop();
    await server?.[Symbol.asyncDispose]();
  });

  const api = (method: string, path: string, body?: JsonObject) =>
    callApi(gateway, method, `/api/v1/billing/${path}`, body);
  const headersOf = (method: string, name?: string) => ({
    ...modernHeaders(method, name),
    authorization: `Bearer ${gateway.apiKey}`,
  });
  const send = async (method: string, params: JsonObject = {}): Promise<JsonObject> => {
    const name = stringMember(params, 'name');
    const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: envelope() } };
    const answer = await post(`${gateway.url}/mcp`, body, headersOf(method, name));
    return answer.body as JsonObject;
  };
  const names = async (): Promise<readonly string[]> => {
    const { tools } = (await send('tools/list'))['result'] as { tools: { name: string }[] };
    return tools.map(({ name }) => name);
  };
  const subscription = async () =>
    (await api('GET', 'subscription'))['subscription'] as Readonly<Record<string, string>>;

  /** Puts the tenant on other terms. */
  const change = async (terms: JsonObject): Promise<void> => {
    const plan = await api('POST', 'plans', { name: `Plan ${Math.random()}` });
    const versions = `plans/${String(plan['id'])}/versions`;
    const { id } = await api('POST', versions, { terms });
    await api('POST', `${versions}/${String(id)}/publish`);
    const { tenant, id: own } = await subscription();
    await api('POST', `subscriptions/${tenant}/${own}/change`, { planVersion: String(id) });
  };

  test('the demo plan prices a call, and what its result says is what is charged', async () => {
    assert.equal((await subscription())['plan'], 'Demo');
    const called = (await send('tools/call', { name: 'shop__buy', arguments: {} }))['result'];
    const said = saidCost((called as { _meta?: Readonly<Record<string, unknown>> })._meta);
    assert.deepEqual(said, { amount: '0.001', currency: 'USD', isEstimate: false });
    const { records } = await callApi(gateway, 'GET', '/api/v1/usage?limit=1');
    const [record] = records as readonly { id: string }[];
    const charges = await chargesOf(gateway, [record?.id ?? '']);
    assert.equal(charges.get(record?.id ?? ''), '0.001 USD');
    const me = (await api('GET', 'me')) as { cost: unknown; tenant: { cost: unknown } };
    assert.deepEqual(me.cost, [{ currency: 'USD', amount: '0.001' }]);
    assert.deepEqual(me.tenant.cost, me.cost);
  });

  test('clients hear of another plan, see what it includes, and nobody else is told', async () => {
    const before = await names();
    assert.ok(before.includes('shop__look') && before.some((name) => name.startsWith('gateway__')));
    const body = {
      jsonrpc: '2.0',
      id: 9,
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true }, _meta: envelope() },
    };
    const leaving = new AbortController();
    const stream = await fetch(`${gateway.url}/mcp`, {
      method: 'POST',
      headers: headersOf('subscriptions/listen'),
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    let heard = '';
    const reading = (async () => {
      for await (const piece of stream.body ?? []) heard += Buffer.from(piece).toString();
    })().catch(() => {});
    await until(() => heard.includes('acknowledged'));
    const { terms } = (await subscription()) as unknown as { terms: JsonObject };
    await change({ ...terms, includes: { tools: ['shop__buy'] } });
    await until(() => heard.includes('tools/list_changed'));
    leaving.abort();
    await reading;
    const now = await names();
    assert.deepEqual(
      now.filter((name) => name.startsWith('shop')),
      ['shop__buy'],
    );
    assert.ok(
      now.some((name) => name.startsWith('gateway__')),
      'administering is not sold',
    );
    const absent = (await send('tools/call', { name: 'shop__look', arguments: {} }))['error'];
    const unknown = (await send('tools/call', { name: 'shop__none', arguments: {} }))['error'];
    const text = (error: unknown): string => JSON.stringify(error).replace('look', 'none');
    assert.equal(text(absent), text(unknown));
    const plain = async (tool: string): Promise<string> => {
      const headers = {
        authorization: `Bearer ${gateway.apiKey}`,
        'content-type': 'application/json',
      };
      const request = { method: 'POST', headers, body: '{}' };
      const answer = await fetch(`${gateway.url}/services/shop/tools/${tool}`, request);
      return `${answer.status} ${(await answer.text()).replaceAll(tool, 'tool')}`;
    };
    assert.match(await plain('buy'), /^200 /);
    assert.match(await plain('look'), /^400 /);
    assert.equal(await plain('look'), await plain('none'));
    const { tools } = await callApi(gateway, 'GET', '/services/shop');
    assert.equal((tools as []).length, 2, 'who looks after services sees them whole');
    await change({ ...terms });
    for (let tries = 1; !(await names()).includes('shop__look'); tries++) {
      assert.ok(tries < 100, 'what the plan does not leave out any more is there again');
      await sleep(50);
    }
  });
});
