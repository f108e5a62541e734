import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, SSEClientTransport } from '@modelcontextprotocol/client';
import { startFixture, type Fixture } from '../conformance/fixture/start-fixture.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { modernRequest, talkSocket } from '../support/talk-socket.ts';

type Answer = Readonly<Record<string, unknown>>;

describe('the doors of a running gateway', () => {
  let gateway: RunningGateway;
  let fixture: Fixture;
  const bearer = () => ({ authorization: `Bearer ${gateway.apiKey}` });
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${gateway.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...bearer() },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, json: (text === '' ? {} : JSON.parse(text)) as Answer };
  };
  const callsOf = async (sessionId: string | null) => {
    const { json } = await send('GET', '/api/v1/usage');
    const records = json['records'] as Answer[];
    return records
      .filter((record) => record['method'] === 'tools/call' && record['sessionId'] === sessionId)
      .map((record) => record['tool']);
  };

  before(async () => {
    fixture = await startFixture({ era: 'both' });
    gateway = await startGateway();
    const registered = await send('POST', '/register-service', {
      slug: 'fixture',
      url: fixture.url,
    });
    assert.equal(registered.status, 201, JSON.stringify(registered.json));
  });
  after(async () => {
    await gateway.stop();
    await fixture.close();
  });

  test('serve a managed session over every transport, and bill it', async () => {
    const made = await send('POST', '/sessions', { services: ['fixture'] });
    assert.equal(made.status, 201, JSON.stringify(made.json));
    const id = String(made.json['id']);
    const endpoints = made.json['endpoints'] as Record<string, string>;
    const transport = new SSEClientTransport(new URL(`${gateway.url}${endpoints['sse']}`), {
      requestInit: { headers: bearer() },
      eventSourceInit: {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer() } }),
      },
    });
    const client = new Client(
      { name: 'doors', version: '1' },
      { versionNegotiation: { mode: 'legacy' } },
    );
    await client.connect(transport);
    const seen: number[] = [];
    await client.callTool(
      { name: 'test_tool_with_progress', arguments: {} },
      { onprogress: ({ progress }) => seen.push(progress) },
    );
    assert.ok(seen.length >= 2);
    await client.close();
    const socket = await talkSocket(gateway.url, String(endpoints['ws']), { headers: bearer() });
    const params = { name: 'test_simple_text', arguments: {} };
    socket.say(modernRequest(1, 'tools/call', params));
    const answer = await socket.next(({ id: answered }) => answered === 1);
    assert.ok('result' in answer, JSON.stringify(answer));
    const plain = await send('POST', String(endpoints['messages']), {
      tool: 'test_image_content',
    });
    assert.equal(plain.status, 200);
    assert.deepEqual(
      (await callsOf(id)).toSorted((a, b) => String(a).localeCompare(String(b))),
      ['test_image_content', 'test_simple_text', 'test_tool_with_progress'],
    );
    assert.equal((await send('DELETE', `/sessions/${id}`)).status, 204);
    assert.equal((await socket.closed)[0], 1001);
  });

  test('serve a bundle as an HTTP API that its own description is true of', async () => {
    const items = [{ kind: 'tool', service: 'fixture', name: 'test_simple_text', as: 'say' }];
    const made = await send('POST', '/api/v1/bundles', { slug: 'desk', title: 'Desk', items });
    assert.equal(made.status, 201, JSON.stringify(made.json));
    const { json } = await send('GET', '/bundles/desk/openapi.json');
    const [path = ''] = Object.keys(json['paths'] as Answer);
    const said = await send('POST', path, {});
    assert.equal(said.status, 200);
    assert.ok(Array.isArray(said.json['content']));
    const failing = await send('POST', '/services/fixture/tools/test_error_handling', {});
    assert.deepEqual([failing.status, failing.json['code']], [422, 'tool_failed']);
    assert.ok((await callsOf(null)).includes('test_simple_text'));
  });
});
