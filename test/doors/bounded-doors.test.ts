import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GatewayError } from '../../src/kernel/errors.ts';
import { objectMember, type JsonObject } from '../../src/kernel/json.ts';
import type { TenantBounds } from '../../src/policy/bounds.ts';
import { firstSettings } from '../../src/policy/store.ts';
import { callModern, post } from '../support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../support/start-doors.ts';
import { toolUpstream } from '../support/tool-upstream.ts';

const echo = { name: 'one__echo', arguments: {} };
const bearer = { authorization: `Bearer ${testKeys.a}` };
const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

describe('bounds at the doors', () => {
  let doors: RunningDoors;
  let version = 0;
  beforeEach(async () => {
    doors = await startDoors();
    await doors.add('one', toolUpstream().upstream);
  });
  afterEach(() => doors[Symbol.asyncDispose]());

  const bound = (bounds: TenantBounds): void => {
    doors.policies.putSettings(doors.tenant, { ...firstSettings, bounds, version: ++version });
  };
  const fieldsOf = ({ headers }: { headers: Headers }) =>
    ['retry-after', 'ratelimit-policy', 'ratelimit'].map((name) => headers.get(name));

  test('answers say what is left, and a refusal which bound it was', async () => {
    bound({ tool: { requestsPerMinute: 2 }, tenant: { requestsPerMinute: 100 } });
    const first = await callModern(`${doors.url}/mcp`, 'tools/call', echo);
    assert.deepEqual(fieldsOf(first), [null, '"tool";q=2;w=60', '"tool";r=1;t=30']);
    await callModern(`${doors.url}/mcp`, 'tools/call', echo);
    const refused = await callModern(`${doors.url}/mcp`, 'tools/call', echo);
    assert.equal(refused.status, 429);
    const { code, message, data } = objectMember(refused.body, 'error') ?? {};
    assert.equal(code, 4290);
    assert.match(message as string, /the tool one__echo/);
    const { retryAfterMs, ...named } = data as JsonObject;
    assert.deepEqual(named, {
      limit: 'tool',
      name: 'one__echo',
      reason: 'rate',
      quota: 2,
      windowMs: 60_000,
    });
    assert.ok((retryAfterMs as number) > 29_000 && (retryAfterMs as number) <= 30_000);
    assert.deepEqual(fieldsOf(refused), ['30', '"tool";q=2;w=60', '"tool";r=0;t=30']);
    const plain = await fetch(`${doors.url}/services/one/tools/echo`, {
      method: 'POST',
      headers: { ...bearer, ...json },
      body: '{}',
    });
    const problem = (await plain.json()) as JsonObject;
    assert.deepEqual([plain.status, problem['code']], [429, 'too_many']);
    assert.deepEqual(fieldsOf(plain), ['30', '"tool";q=2;w=60', '"tool";r=0;t=30']);
    const other = await fetch(`${doors.url}/services/one/tools/noisy`, {
      method: 'POST',
      headers: { ...bearer, ...json },
      body: '{}',
    });
    await other.text();
    assert.deepEqual(fieldsOf(other), [null, '"tool";q=2;w=60', '"tool";r=1;t=30']);
  });

  test('lists and discovery count, whatever session they come in', async () => {
    bound({ principal: { requestsPerMinute: 3 } });
    const statuses: number[] = [];
    for (const method of ['server/discover', 'tools/list', 'prompts/list', 'tools/list']) {
      statuses.push((await callModern(`${doors.url}/mcp`, method)).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429]);
    // A new session of the same caller begins with nothing left.
    const hello = {
      protocolVersion: '2025-03-26',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params: hello };
    const opened = await post(`${doors.url}/mcp`, body, { ...bearer, ...json });
    assert.equal(opened.status, 429);
    assert.equal(fieldsOf(opened)[1], '"principal";q=3;w=60');
    const stranger = { ...json, authorization: `Bearer ${testKeys.b}` };
    assert.equal((await post(`${doors.url}/mcp`, body, stranger)).status, 200);
  });

  test('a batch of so many counts as so many', async () => {
    const hello = {
      protocolVersion: '2025-03-26',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const opening = { jsonrpc: '2.0', id: 0, method: 'initialize', params: hello };
    const opened = await post(`${doors.url}/mcp`, opening, { ...bearer, ...json });
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    bound({ grant: { requestsPerMinute: 3 } });
    const batch = Array.from({ length: 5 }, (_, id) => ({
      jsonrpc: '2.0',
      id: id + 1,
      method: 'tools/call',
      params: echo,
    }));
    const { messages } = await post(`${doors.url}/mcp`, batch, { ...bearer, ...json, ...session });
    const refused = messages.filter((message) => 'error' in message);
    assert.deepEqual([messages.length, refused.length], [5, 2]);
  });

  test('what is refused in other ways counts nowhere', async () => {
    bound({ principal: { requestsPerMinute: 1 } });
    for (let count = 0; count < 3; count++) {
      const absent = { name: 'one__absent', arguments: {} };
      const { body } = await callModern(`${doors.url}/mcp`, 'tools/call', absent);
      assert.equal(objectMember(body, 'error')?.['code'], -32602);
    }
    assert.equal((await callModern(`${doors.url}/mcp`, 'tools/call', echo)).status, 200);
  });

  test('a gateway with too much to do says so, and tells of its health', async () => {
    doors.shed = () => {
      throw new GatewayError('overloaded', undefined, {
        data: { limit: 'gateway', retryAfterMs: 2_000 },
      });
    };
    const refused = await callModern(`${doors.url}/mcp`, 'tools/call', echo);
    assert.equal(refused.status, 503);
    assert.deepEqual(fieldsOf(refused), ['2', null, null]);
    assert.equal(objectMember(refused.body, 'error')?.['code'], 5034);
    const health = await fetch(`${doors.url}/health/live`);
    await health.text();
    assert.equal(health.status, 200);
    const services = await fetch(`${doors.url}/api/v1/bundles`, { headers: bearer });
    await services.text();
    assert.equal(services.status, 200);
  });

  test('places come back when requests end, however they end', async () => {
    bound({ service: { concurrent: 1 } });
    const leave = new AbortController();
    const hanging = fetch(`${doors.url}/services/one/tools/hang`, {
      method: 'POST',
      headers: { ...bearer, ...json },
      body: '{}',
      signal: leave.signal,
    });
    const statusOf = async () => {
      return (await callModern(`${doors.url}/mcp`, 'tools/call', echo)).status;
    };
    while ((await statusOf()) !== 429);
    leave.abort();
    await assert.rejects(hanging);
    while ((await statusOf()) !== 200);
  });
});
