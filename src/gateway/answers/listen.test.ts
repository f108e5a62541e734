import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { FakeUpstream, complete } from '../../../test/support/fake-upstream.ts';
import { callModern, envelope, modernHeaders } from '../../../test/support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../../../test/support/start-doors.ts';
import { MemoryBus } from '../../kernel/memory-bus.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import type { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { IdSource } from '../../kernel/ids.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { silentLog } from '../../kernel/log.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { Limiter } from '../../policy/limits/limiter.ts';
import type { Admitted } from '../exchange.ts';
import { buildTenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { createGateway } from '../gateway.ts';
import type { JsonObject } from '../../kernel/json.ts';

/** Grows with every change that is announced: nobody is told of a list that is as it was. */
let generation = 0;
const upstream = new FakeUpstream(
  {
    'tools/list': () => complete({ tools: [{ name: `t${generation}` }] }),
    'resources/list': () => complete({ resources: [{ name: `r${generation}`, uri: 'test://r' }] }),
    'resources/templates/list': () => complete({ resourceTemplates: [] }),
  },
  { tools: {}, resources: {} },
);

interface OpenStream {
  readonly status: number;
  /** Reads until the text is there, or the stream ends. */
  until(text: string): Promise<string>;
  close(): void;
}

async function listen(url: string, notifications: JsonObject, id = 'sub-1'): Promise<OpenStream> {
  const aborter = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    headers: modernHeaders('subscriptions/listen'),
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'subscriptions/listen',
      params: { notifications, _meta: envelope() },
    }),
    signal: aborter.signal,
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let seen = '';
  return {
    status: response.status,
    until: async (text) => {
      while (!seen.includes(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        seen += Buffer.from(value).toString();
      }
      return seen;
    },
    close: () => {
      aborter.abort();
      reader.cancel().catch(() => {});
    },
  };
}

const principal = testPrincipal({ user: 'usr_a', grant: 'key_a' });

/** A request without a door. */
function admitted(method: string, grantId: string, cancellation = new Cancellation()): Admitted {
  return {
    principal: { ...principal, grantId },
    endpoint: { kind: 'all' },
    request: {
      method,
      params: { notifications: {} },
      client: { era: 'modern', protocolVersion: '2026-07-28', capabilities: {} },
      wantsProgress: false,
    },
    io: { cancellation, deadlineMs: 0, notified: 0, notify: () => undefined },
    bytesIn: 0,
    sessionId: null,
    headers: undefined,
    answer: undefined,
    startedAtMs: 0,
    startedMonotonicMs: 0,
  };
}

/** A gateway without services, in which everything but listening waits. */
function startIdle(): Idle {
  const refused: unknown[] = [];
  const held = Promise.withResolvers<McpOutcome>();
  const gateway = createGateway({
    viewOf: () => emptySnapshot,
    restrictionOf: () => undefined,
    limiter: new Limiter({ common: {}, boundsOf: () => ({}), now: () => 0 }),
    shedder: { check: () => {} },
    bundleViewOf: () => emptySnapshot,
    usageLog: { append: async () => {}, drain: async () => {}, close: async () => {} },
    bus: new MemoryBus(),
    ids: new IdSource(),
    nodeId: 'test',
    sealRing: [{ id: 'k1', secret: Buffer.alloc(32, 1) }],
    log: silentLog,
    filters: [
      {
        concerns: () => true,
        needsWhole: () => false,
        filter: (one, next) => (one.request.method === LISTEN ? next(one) : held.promise),
      },
    ],
    observers: [],
  });
  return {
    refused,
    open: (method, grantId) => {
      const cancellation = new Cancellation();
      gateway.handle(admitted(method, grantId, cancellation)).catch((error: unknown) => {
        if (cancellation.reason === undefined) refused.push((error as GatewayError).code);
      });
      return cancellation;
    },
    end: () => held.resolve({ resultType: 'complete', result: JsonBytes.fromValue({}) }),
  };
}

interface Idle {
  /** Codes of what was refused. */
  readonly refused: readonly unknown[];
  open(method: string, grantId: string): Cancellation;
  end(): void;
}

const LISTEN = 'subscriptions/listen';
const { snapshot: emptySnapshot } = buildTenantSnapshot([], [], 1);

describe('places of a tenant', () => {
  it('are not taken by listen streams, only by calls', async () => {
    const idle = startIdle();
    const stream = idle.open(LISTEN, 'key_a');
    for (let count = 0; count < limits.exchangesPerTenantMax; count++) {
      idle.open('server/discover', 'key_a');
    }
    await turn();
    assert.deepEqual(idle.refused, []);
    idle.open('server/discover', 'key_a');
    await turn();
    assert.deepEqual(idle.refused, ['too_many']);
    stream.cancel('client_gone');
    idle.end();
  });

  it('are listenStreamsPerTenantMax for listen streams, not one more', async () => {
    const idle = startIdle();
    const perCredential = limits.listenStreamsPerCredentialMax;
    const open = Array.from({ length: limits.listenStreamsPerTenantMax }, (_, index) =>
      idle.open(LISTEN, `key_${Math.floor(index / perCredential)}`),
    );
    await turn();
    assert.deepEqual(idle.refused, []);
    idle.open(LISTEN, 'key_more');
    await turn();
    assert.deepEqual(idle.refused, ['too_many']);
    // The refused stream left no trace: its credential still has all of its room.
    for (const stream of open.splice(0, perCredential)) stream.cancel('client_gone');
    await turn();
    for (let count = 0; count < perCredential; count++) open.push(idle.open(LISTEN, 'key_more'));
    await turn();
    assert.deepEqual(idle.refused, ['too_many']);
    for (const stream of open) stream.cancel('client_gone');
  });
});

describe('subscriptions/listen', () => {
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
  });
  after(() => doors[Symbol.asyncDispose]());

  it('acknowledges what it honours, then sends that and nothing else', async () => {
    const stream = await listen(`${doors.url}/mcp`, {
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['test://r'],
    });
    const first = await stream.until('acknowledged');
    const [, data = ''] = /^data: (.+)$/m.exec(first) ?? [];
    assert.deepEqual(JSON.parse(data), {
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: {
        notifications: { toolsListChanged: true, resourceSubscriptions: ['test://r'] },
        _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub-1' },
      },
    });
    generation++;
    upstream.announce('notifications/resources/list_changed');
    upstream.announce('notifications/resources/updated', { uri: 'test://other' });
    upstream.announce('notifications/resources/updated', { uri: 'test://r' });
    const updated = await stream.until('"uri":"test://r"');
    assert.equal(updated.includes('resources/list_changed'), false);
    assert.equal(updated.includes('test://other'), false);
    generation++;
    upstream.announce('notifications/tools/list_changed');
    generation++;
    upstream.announce('notifications/tools/list_changed');
    await stream.until('tools/list_changed');
    stream.close();
  });

  it('announces that a service came and went', async () => {
    const stream = await listen(`${doors.url}/mcp`, { toolsListChanged: true });
    await stream.until('acknowledged');
    await doors.add(
      'two',
      new FakeUpstream({ 'tools/list': () => complete({ tools: [] }) }, { tools: {} }),
    );
    await stream.until('tools/list_changed');
    stream.close();
    const own = await listen(`${doors.url}/mcp/one`, { toolsListChanged: true });
    await own.until('acknowledged');
    await doors.catalog.remove(doors.catalog.find(doors.tenant, 'two'));
    generation++;
    upstream.announce('notifications/tools/list_changed');
    await own.until('tools/list_changed');
    own.close();
  });

  it('bounds URIs and streams of one credential', async () => {
    const uris = Array.from({ length: limits.listenUrisMax + 1 }, (_, index) => `test://${index}`);
    const ask = (resourceSubscriptions: readonly string[]): ReturnType<typeof callModern> =>
      callModern(`${doors.url}/mcp`, 'subscriptions/listen', {
        notifications: { resourceSubscriptions },
      });
    assert.equal((await ask(uris)).body?.['error'] === undefined, false);
    const most = await listen(`${doors.url}/mcp`, { resourceSubscriptions: uris.slice(1) });
    await most.until('acknowledged');
    most.close();
    const streams: OpenStream[] = [];
    for (let opened = 0; opened < limits.listenStreamsPerCredentialMax; opened++) {
      const stream = await listen(`${doors.url}/mcp`, { toolsListChanged: true });
      if (stream.status === 200) await stream.until('acknowledged');
      else opened--;
      streams.push(stream);
    }
    const refused = await callModern(`${doors.url}/mcp`, 'subscriptions/listen', {
      notifications: { toolsListChanged: true },
    });
    assert.equal(refused.status, 429);
    for (const stream of streams) stream.close();
  });
});
