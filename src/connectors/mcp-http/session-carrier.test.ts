import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  SESSION_ID,
  startCarryingServer,
  type CarriedIn,
} from '../../../test/support/mcp-http/carrying-server.ts';
import { openHttp } from '../../../test/support/mcp-http/open-http.ts';
import { testIo, toolCall, toolText } from '../../../test/support/mcp-stdio/harness.ts';
import { until } from '../../../test/support/until.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import { httpConfig } from './http-config.ts';
import { sessionIdOf, withoutSession, withSession } from './session-carrier.ts';

interface Case {
  readonly takes: CarriedIn;
  readonly session: Readonly<Record<string, unknown>>;
  readonly path: string;
  /** What requests of the session are sent to. */
  readonly sentTo: string;
}

const coded = encodeURIComponent(SESSION_ID);

const cases: readonly Case[] = [
  {
    takes: { carrier: 'header', name: 'Mcp-Session-Id' },
    session: {},
    path: '/mcp',
    sentTo: '/mcp',
  },
  {
    takes: { carrier: 'header', name: 'X-Session' },
    session: { session: { carrier: 'header', name: 'X-Session' } },
    path: '/mcp?a=1',
    sentTo: '/mcp?a=1',
  },
  {
    takes: { carrier: 'query', name: 'sessionId' },
    session: { session: { carrier: 'query' } },
    path: '/mcp',
    sentTo: `/mcp?sessionId=${coded}`,
  },
  {
    takes: { carrier: 'query', name: 'sid' },
    session: { session: { carrier: 'query', name: 'sid' } },
    path: '/mcp?a=1',
    sentTo: `/mcp?a=1&sid=${coded}`,
  },
  {
    takes: { carrier: 'path' },
    session: { session: { carrier: 'path' } },
    path: '/mcp?a=1',
    sentTo: `/mcp/${coded}?a=1`,
  },
  {
    takes: { carrier: 'path' },
    session: { session: { carrier: 'path', name: 'id' } },
    path: '/mcp/{id}/rpc',
    sentTo: `/mcp/${coded}/rpc`,
  },
];

describe('a session id goes where the registration says', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  after(() => egress[Symbol.asyncDispose]());

  for (const { takes, session, path, sentTo } of cases) {
    it(`over streamable HTTP: ${takes.carrier} ${sentTo.slice(0, 20)}`, async () => {
      await using server = await startCarryingServer(takes);
      const { upstream } = await openHttp(egress, `${server.url}${path}`, session);
      const echoed = await upstream.request(toolCall('echo', { a: 1 }), testIo());
      assert.equal(toolText(echoed), '{"a":1}');
      await until(() => server.came.some(({ verb }) => verb === 'GET'));
      await upstream[Symbol.asyncDispose]();
      await until(() => server.came.some(({ verb }) => verb === 'DELETE'));
      assert.deepEqual(server.strays, []);
      const [first, ...later] = server.came.map(({ url }) => url);
      assert.equal(first, withoutSession(path.replace('{id}', '%7Bid%7D'), sessionOf(session)));
      assert.deepEqual([...new Set(later)], [sentTo]);
    });
  }

  for (const { takes, session } of cases.slice(0, 5)) {
    it(`over the older transport: ${JSON.stringify(takes)}`, async () => {
      await using server = await startCarryingServer(takes);
      const more = { era: 'legacy', ...session };
      // Nothing can be posted to /sse, so the older transport is tried.
      const { upstream } = await openHttp(egress, `${server.url}/sse`, more);
      const echoed = await upstream.request(toolCall('echo', { a: 1 }), testIo());
      assert.equal(toolText(echoed), '{"a":1}');
      await upstream[Symbol.asyncDispose]();
      const posts = server.came.filter(({ url }) => url.startsWith('/messages'));
      assert.equal(posts.length, 3, 'initialize, initialized, tools/call');
    });
  }

  it('never as a path of its own making', () => {
    const path = { carrier: 'path', name: 'id' } as const;
    for (const id of ['.', '..']) {
      assert.throws(() => sessionIdOf({ 'mcp-session-id': id }, path), {
        code: 'upstream_failed',
      });
    }
    const { url } = withSession({ url: 'https://h/a/%7Bid%7D', headers: {} }, '../x$&', path);
    assert.equal(url, 'https://h/a/..%2Fx%24%26');
  });

  it('as a configuration can say, and no other way', () => {
    const session = (value: unknown) => httpConfig.safeParse({ url: 'https://h/', session: value });
    const wrong = [
      { carrier: 'cookie' },
      { carrier: 'header', name: 'Content-Length' },
      { carrier: 'header', name: 'Mcp-Method' },
      { carrier: 'query', name: 'a&b' },
      { carrier: 'path', name: '' },
      { carrier: 'query', name: 'x', more: 1 },
    ];
    for (const one of wrong) assert.equal(session(one).success, false, JSON.stringify(one));
    assert.deepEqual(session(undefined).data?.session, {
      carrier: 'header',
      name: 'mcp-session-id',
    });
    assert.equal(session({ carrier: 'header', name: 'MCP-Session-Id' }).success, true);
  });
});

function sessionOf(session: object) {
  return httpConfig.parse({ url: 'https://h/', ...session }).session;
}
