import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { missing, type HostileCase, type HostileGroup } from '../case.ts';
import { textOf } from '../world/client.ts';
import { LegacyTalk, postLegacy } from '../world/legacy-talk.ts';
import type { World } from '../world/open-world.ts';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

/** What a session that does not exist is answered with. */
async function unknownSession({ client, keys }: World): Promise<string> {
  const id = '00000000000000000000000000000000';
  const came = await postLegacy(client, keys.admin, '/mcp/calm', id, ping);
  assert.equal(came.status, 404);
  return came.text;
}

function stolen(
  id: string,
  title: string,
  keyOf: (world: World) => string | Promise<string>,
): HostileCase {
  return {
    id,
    title,
    expected: '404, word for word as for a session that does not exist; its stream gets nothing',
    run: async (world) => {
      const { client, keys } = world;
      const talk = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
      const key = await keyOf(world);
      const none = await unknownSession(world);
      const came = await postLegacy(client, key, '/mcp/calm', talk.id, ping);
      assert.equal(came.status, 404, came.text);
      assert.equal(came.text, none);
      const headers = { 'mcp-session-id': talk.id, accept: 'text/event-stream' };
      assert.equal((await client.send('GET', '/mcp/calm', { key, headers })).status, 404);
      assert.equal((await client.send('DELETE', '/mcp/calm', { key, headers })).status, 404);
      assert.equal((await talk.send(ping)).status, 200);
      await talk.end();
    },
  };
}

async function newKey({ client, keys }: World): Promise<{ apiKey: string; id: string }> {
  const body = { name: 'for a moment' };
  const { json } = await client.send('POST', '/api/v1/keys', { key: keys.admin, body });
  return { apiKey: textOf(json, 'apiKey'), id: textOf(json, 'id') };
}

const otherPlace: HostileCase = {
  id: 'C3',
  title: 'a session of one service used on the address of another, and on that of all',
  expected: '404',
  run: async ({ client, keys }) => {
    const talk = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
    for (const path of ['/mcp/evil', '/mcp', '/mcp/files']) {
      assert.equal((await postLegacy(client, keys.admin, path, talk.id, ping)).status, 404, path);
    }
    await talk.end();
  },
};

const noId: HostileCase = {
  id: 'C4',
  title: 'no session id while exactly one session is open',
  expected: '400; the call is attached to nothing',
  run: async ({ client, keys, calm }) => {
    const talk = await LegacyTalk.open(client, keys.narrow, '/mcp/calm');
    const before = calm.calls;
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'work' } };
    const came = await postLegacy(client, keys.narrow, '/mcp/calm', undefined, call);
    assert.equal(came.status, 400);
    // The innocent caller calls this server as well, ten times a second.
    await sleep(20);
    assert.ok(calm.calls - before < 3);
    await talk.end();
  },
};

const oddIds: HostileCase = {
  id: 'C5',
  title: 'session ids that are guessed, long, patterns of a store, names of the language',
  expected: '400 or 404',
  run: async ({ client, keys }) => {
    for (const id of [
      '1',
      'x'.repeat(10_000),
      '__proto__',
      'constructor',
      '*',
      '../x',
      '%00',
      'ä',
    ]) {
      for (const path of ['/mcp/calm', '/mcp']) {
        const came = await postLegacy(client, keys.admin, path, id, ping);
        assert.ok([400, 404].includes(came.status), `${id.slice(0, 20)}: ${came.status}`);
        assert.ok(!came.text.includes('xxxxxxxxxx'));
      }
    }
    const seen = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const talk = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
      assert.match(talk.id, /^[A-Za-z0-9_.-]{22,}$/, 'fewer than 128 bits');
      seen.add(talk.id);
      await talk.end();
    }
    assert.equal(seen.size, 20);
  },
};

const ended: HostileCase = {
  id: 'C6',
  title: 'a session after its end, and after the end of its key',
  expected: '404 at once; with the ended key 401 within a second',
  run: async (world) => {
    const { client, keys } = world;
    const talk = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
    assert.equal(await talk.end(), 200);
    assert.equal((await talk.send(ping)).status, 404);
    const { apiKey, id } = await newKey(world);
    const other = await LegacyTalk.open(client, apiKey, '/mcp/calm');
    assert.equal((await other.send(ping)).status, 200);
    const gone = await client.send('DELETE', `/api/v1/keys/${id}`, { key: keys.admin });
    assert.ok(gone.status < 300);
    assert.equal((await other.send(ping)).status, 401);
    const came = await postLegacy(client, keys.admin, '/mcp/calm', other.id, ping);
    assert.equal(came.status, 404);
  },
};

const unseen: HostileCase = {
  id: 'C7',
  title: 'session ids in paths and queries',
  expected: 'never in the log',
  run: async ({ client, keys, gateway }) => {
    const ids: string[] = [];
    for (const sessionIdIn of ['path', 'query', 'header']) {
      const body = { services: ['calm'], sessionIdIn };
      const made = await client.send('POST', '/sessions', { key: keys.admin, body });
      assert.equal(made.status, 201, made.text);
      const id = textOf(made.json, 'id');
      ids.push(id);
      const headers: Record<string, string> =
        sessionIdIn === 'header' ? { 'x-session-id': id } : {};
      const path = sessionIdIn === 'path' ? `/sessions/${id}/messages` : '/sessions/messages';
      const query = sessionIdIn === 'query' ? `?sessionId=${id}` : '';
      const called = await client.send('POST', path + query, {
        key: keys.admin,
        headers,
        body: { tool: 'work', arguments: {} },
      });
      assert.equal(called.status, 200, called.text);
      const foreign = await client.send('POST', path + query, {
        key: keys.innocent,
        headers,
        body: { tool: 'work', arguments: {} },
      });
      assert.equal(foreign.status, 404);
      await client.send('DELETE', `/sessions/${id}`, { key: keys.admin });
    }
    await sleep(200);
    for (const id of ids) {
      const lines = gateway.log.split('\n').filter((line) => line.includes(`sessionId=${id}`));
      assert.deepEqual(lines, []);
    }
  },
};

const flood: HostileCase = {
  id: 'C8',
  title: '400 sessions opened and left',
  expected: 'bounded for one key; other keys open theirs',
  run: async (world) => {
    const { client, keys } = world;
    const { apiKey, id } = await newKey(world);
    let last = '';
    for (let turn = 0; turn < 400; turn++) {
      try {
        last = (await LegacyTalk.open(client, apiKey, '/mcp/calm')).id;
      } catch (error) {
        assert.match(String(error), /No session: 429/);
        break;
      }
    }
    const other = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
    await other.end();
    assert.notEqual(last, '');
    await client.send('DELETE', `/api/v1/keys/${id}`, { key: keys.admin });
  },
};

const replay: HostileCase = {
  id: 'C9',
  title: 'Last-Event-ID of another session, made up, from the future',
  expected: 'nothing is replayed',
  run: async ({ client, keys }) => {
    const one = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
    const two = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
    const slow = await one.call(1, 'slow', { ms: 300 });
    const event = /^id: (.+)$/m.exec(slow.text)?.[1] ?? 'none';
    for (const id of [event, '999-999', '*', '-1', 'x'.repeat(5_000)]) {
      const headers = {
        'mcp-session-id': two.id,
        'last-event-id': id,
        accept: 'text/event-stream',
      };
      const signal = AbortSignal.timeout(1_000);
      const came = await client
        .send('GET', '/mcp/calm', { key: keys.admin, headers, signal })
        .catch(() => undefined);
      assert.ok(came === undefined || came.status >= 400, `${id.slice(0, 20)}: ${came?.status}`);
      assert.ok(!(came?.text ?? '').includes('"slow"'));
    }
    await one.end();
    await two.end();
  },
};

const twoStreams: HostileCase = {
  id: 'C10',
  title: 'the stream of a session opened twice, and the session ended amid a call',
  expected: 'the second takes over and the first ends; the call upstream is dropped',
  run: async ({ client, keys, calm, gateway }) => {
    const talk = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
    const headers = {
      authorization: `Bearer ${keys.admin}`,
      'mcp-session-id': talk.id,
      accept: 'text/event-stream',
    };
    const leaving = new AbortController();
    const first = await fetch(`${gateway.url}/mcp/calm`, { headers, signal: leaving.signal });
    assert.equal(first.status, 200);
    const second = await fetch(`${gateway.url}/mcp/calm`, { headers, signal: leaving.signal });
    assert.equal(second.status, 200);
    // Over as soon as the second is there, or its reader waits for the case's end.
    await first.text();
    const before = calm.aborted;
    const call = talk.call(7, 'slow', { ms: 20_000 }).catch(() => undefined);
    await sleep(200);
    assert.equal(await talk.end(), 200);
    await call;
    await sleep(500);
    assert.equal(calm.aborted - before, 1);
    leaving.abort();
  },
};

const cancelled: HostileCase = {
  id: 'C12',
  title: 'a batch of a call and its own cancellation, in both orders',
  expected: 'the stream ends within a second',
  run: async ({ client, keys }) => {
    const talk = await LegacyTalk.open(client, keys.admin, '/mcp/calm', '2025-03-26');
    for (const [id, isFirst] of [
      [11, true],
      [12, false],
    ] as const) {
      const params = { name: 'slow', arguments: { ms: 30_000 } };
      const call = { jsonrpc: '2.0', id, method: 'tools/call', params };
      const cancel = {
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: id },
      };
      const started = performance.now();
      const sent = talk.send(isFirst ? [call, cancel] : [cancel, call]);
      if (isFirst) {
        await sent;
        assert.ok(performance.now() - started < 1_000);
      } else {
        // A cancellation of what is not there yet cancels nothing; a second one does.
        await sleep(200);
        await talk.send(cancel);
        await sent;
        assert.ok(performance.now() - started < 2_000);
      }
    }
    await talk.end();
  },
};

const tasks: HostileCase = {
  id: 'C13',
  title: 'ids of tasks made up, or of another caller',
  expected: 'an error, the same for both',
  run: async ({ client, keys, gateway }) => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {
        extensions: { 'io.modelcontextprotocol/tasks': {} },
      },
    };
    const send = (key: string, method: string, name: string, params: object) =>
      client.send('POST', '/mcp/calm', {
        key,
        headers: {
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          'mcp-name': name,
        },
        body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } },
      });
    const made = await send(keys.admin, 'tools/call', 'slow', {
      name: 'slow',
      arguments: { ms: 2_000 },
    });
    const taskId = /"taskId":"([^"]+)"/.exec(made.text)?.[1];
    assert.ok(taskId !== undefined, made.text.slice(0, 300));
    const own = await send(keys.admin, 'tasks/get', taskId, { taskId });
    assert.match(own.text, /"result"/);
    for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
      const foreign = await send(keys.innocent, method, taskId, { taskId, inputResponses: {} });
      const madeUp = await send(keys.innocent, method, 'none', {
        taskId: 'none',
        inputResponses: {},
      });
      assert.match(foreign.text, /"error"/, method);
      assert.equal(foreign.text, madeUp.text, method);
      assert.equal(foreign.status, madeUp.status);
    }
    assert.equal(gateway.hasEnded, false);
  },
};

const crossed: HostileCase = {
  id: 'C14',
  title: '300 calls at once in two sessions, all with the same ids',
  expected: 'each gets its own answer',
  run: async ({ client, keys }) => {
    const one = await LegacyTalk.open(client, keys.admin, '/mcp/calm');
    const two = await LegacyTalk.open(client, keys.innocent, '/mcp/calm');
    await Promise.all(
      [one, two].flatMap((talk, side) =>
        Array.from({ length: 150 }, async (_, id) => {
          const came = await talk.call(id, 'echo', { mine: `${side}-${id}` });
          assert.ok(came.text.includes(`${side}-${id}\\"`), came.text.slice(0, 200));
        }),
      ),
    );
    await one.end();
    await two.end();
  },
};

/** Sessions of older clients, and what else outlives a request. */
export const sessions: HostileGroup = {
  heading: 'C. Sessions and handles',
  cases: [
    stolen('C1', 'the session of another tenant', ({ other }) => other.key),
    stolen('C2', 'the session of another key of the same user', ({ keys }) => keys.innocent),
    otherPlace,
    noId,
    oddIds,
    ended,
    unseen,
    flood,
    replay,
    twoStreams,
    missing('C11', 'a session of an instance that was killed', 'one instance; see test/cluster'),
    cancelled,
    tasks,
    crossed,
  ],
};
