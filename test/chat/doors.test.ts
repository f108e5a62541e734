import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { AuditAct } from '../../src/audit/audit-act.ts';
import { chatRoutes } from '../../src/http/api/resources/chat/chat-routes.ts';
import { conversationRoutes } from '../../src/http/api/resources/chat/conversation-routes.ts';
import { inspectionRoutes } from '../../src/http/api/resources/chat/inspection-routes.ts';
import { limits } from '../../src/kernel/limits.ts';
import { SseParser } from '../../src/mcp/wire/sse-parser.ts';
import {
  callers,
  ControlPlane,
  problemOf,
  type Caller,
  type Came,
} from '../support/control-plane.ts';
import { chatWorld } from '../support/chat-world.ts';
import { memoryAuditLog } from '../support/memory-audit-store.ts';

/** A control plane with the doors of the chat on a real store. */
async function doors(t: TestContext) {
  const world = await chatWorld(t);
  const { desk, keeper } = world.open('node1', {
    readmit: async ({ grantId }) => Object.values(callers).find((one) => one.grantId === grantId),
  });
  const acts: AuditAct[] = [];
  const deps = { chat: () => Promise.resolve(desk), audit: memoryAuditLog(acts, []) };
  const routes = [...chatRoutes(deps), ...conversationRoutes(deps), ...inspectionRoutes(deps)];
  const plane = new ControlPlane({}, routes);
  const send = (method: string, path: string, body?: unknown, as: Caller = 'memberA') =>
    plane.send(method, path, { as, ...(body === undefined ? {} : { body }) });
  const say = async (message: string, more: object = {}, as: Caller = 'memberA') => {
    const came = await send('POST', '/chat', { message, ...more }, as);
    assert.equal(came.status, 200, came.text);
    return came.json as Answer;
  };
  return { plane, send, say, acts, keeper, storage: world.storage };
}

interface Answer {
  readonly session_id: string;
  readonly run_id: string;
  readonly message_id: string;
  readonly status: string;
  readonly answer: string;
  readonly stop_reason: string | null;
  readonly tool_calls: readonly { readonly status: string; readonly service: string }[];
  readonly waiting: readonly { readonly id: string }[];
  readonly cost: { readonly amounts: readonly object[] };
}

const times = (count: number, file: object) => Array.from({ length: count }, () => file);

function sse({ text }: Pick<Came, 'text'>) {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)];
        }),
      ) as { id?: string; event?: string; data: string };
      return { ...fields, data: JSON.parse(fields.data) as Record<string, unknown> };
    });
}

describe('POST /chat', () => {
  test('answers with what was said, done, used and paid', async (t) => {
    const { say } = await doors(t);
    const first = await say('say hello there');
    assert.equal(first.answer, 'hello there');
    assert.deepEqual([first.status, first.stop_reason], ['finished', 'done']);
    assert.deepEqual(first.cost, {
      amounts: [{ amount: '0.0015', currency: 'EUR' }],
      unpriced: false,
    });
    const more = await say('count', { session_id: first.session_id });
    assert.deepEqual([more.answer, more.session_id], ['3 messages', first.session_id]);
    const branch = { session_id: first.session_id, parent_id: first.message_id };
    assert.equal((await say('count', branch)).answer, '3 messages');
    const anew = { session_id: first.session_id, parent_id: null };
    assert.equal((await say('count', anew)).answer, '1 messages');
  });

  test('streams numbered events, which are read again from any of them', async (t) => {
    const { send } = await doors(t);
    const came = await send('POST', '/chat', { message: 'say one two', stream: true });
    assert.equal(came.headers.get('content-type'), 'text/event-stream');
    const events = sse(came);
    assert.deepEqual(
      events.map(({ event, id }) => [event, id]),
      [
        ['run', undefined],
        ['run_started', '1'],
        ['text', '2'],
        ['step', '3'],
        ['finished', '4'],
        ['answer', undefined],
      ],
    );
    assert.equal(events.at(-1)?.data['answer'], 'one two');
    const runId = String(events[0]?.data['run_id']);
    const path = `/chat/runs/${runId}/events`;
    const parser = new SseParser();
    assert.ok(parser);
    for (const [query, from] of [
      ['', 1],
      ['?after=2', 3],
      ['?after=4', 5],
    ] as const) {
      const again = sse(await send('GET', path + query)).filter(({ id }) => id !== undefined);
      assert.equal(again.length, Math.max(0, 5 - from));
      assert.deepEqual(again, events.slice(from, -1));
    }
  });

  test('waits for approvals and goes on with the answers', async (t) => {
    const { say, send } = await doors(t);
    const first = await say('ask');
    assert.deepEqual([first.status, first.tool_calls[0]?.status], ['waiting', 'waiting']);
    assert.equal(first.tool_calls[0]?.service, 'orders');
    const path = `/chat/runs/${first.run_id}`;
    const answers = [{ id: first.waiting[0]?.id, approve: true }];
    const kept = await send('POST', `${path}/answers`, { answers });
    assert.equal(kept.status, 202);
    await send('GET', `${path}/events`);
    const over = (await send('GET', path)).json as Answer;
    assert.deepEqual([over.status, over.tool_calls[0]?.status], ['finished', 'ok']);
    problemOf(await send('POST', `${path}/answers`, { answers }), 'conflict');
  });

  test('says which run is open, and stops it', async (t) => {
    const { say, send, keeper } = await doors(t);
    const { session_id } = await say('say x');
    const asking = say('hang', { session_id });
    let runId = '';
    while (runId === '') {
      const came = await send('GET', `/api/v1/chat/conversations/${session_id}`);
      const { lastRun } = came.json as { lastRun: { id: string; status: string } };
      if (lastRun.status === 'running' && keeper.live(lastRun.id)) runId = lastRun.id;
    }
    const refused = await send('POST', '/chat', { message: 'say y', session_id });
    assert.deepEqual(problemOf(refused, 'run_open').data, { runId });
    assert.equal((await send('POST', `/chat/runs/${runId}/stop`)).status, 202);
    assert.equal((await asking).stop_reason, 'stopped');
    assert.equal((await send('POST', `/chat/runs/${runId}/stop`)).status, 202);
  });

  test('refuses what it does not know, and names the field', async (t) => {
    const { send } = await doors(t);
    const png = Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1').toString('base64');
    const file = { media_type: 'image/png', data: png };
    for (const [body, field] of [
      [{}, 'message'],
      [{ message: '' }, 'message'],
      [{ message: 'x', messages: [] }, 'messages'],
      [{ message: 'x', history: [{ role: 'assistant' }] }, 'history'],
      [{ message: 'x', limits: { steps: limits.chatStepsMax + 1 } }, 'limits.steps'],
      [{ message: 'x', limits: { seconds: limits.chatRunMsMax / 1_000 + 1 } }, 'limits.seconds'],
      [
        { message: 'x', limits: { parallel_calls: limits.chatParallelCallsMax + 1 } },
        'limits.parallel_calls',
      ],
      [{ message: 'x', files: [{ ...file, data: 'a' }] }, 'files[0].data'],
      [{ message: 'x', files: [{ ...file, media_type: 'text/html;x' }] }, 'files[0].media_type'],
      [{ message: 'x', files: [{ media_type: 'image/jpeg', data: png }] }, 'files[0].data'],
      [{ message: 'x', files: times(limits.chatFilesMax + 1, file) }, 'files'],
      [{ message: 'x'.repeat(limits.chatMessageCharactersMax + 1) }, 'message'],
    ] as const) {
      const problem = problemOf(await send('POST', '/chat', body), 'invalid_params');
      assert.equal(problem.errors?.[0]?.field, field, JSON.stringify(problem.errors));
    }
    const most = {
      message: `say ${'x'.repeat(limits.chatMessageCharactersMax - 4)}`,
      files: times(limits.chatFilesMax, file),
      limits: {
        steps: limits.chatStepsMax,
        seconds: limits.chatRunMsMax / 1_000,
        parallel_calls: limits.chatParallelCallsMax,
        cost: { amount: '0.000000001', currency: 'EUR' },
      },
    };
    assert.equal((await send('POST', '/chat', most)).status, 200);
    const huge = JSON.stringify({ message: 'x'.repeat(limits.chatBodyBytesMax) });
    problemOf(await send('POST', '/chat', huge), 'payload_too_large');
  });
});

describe('whose is what', () => {
  test('another user’s things are answered as if there were none, to admins too', async (t) => {
    const { say, send } = await doors(t);
    const mine = await say('ask');
    const file = { media_type: 'text/plain', data: Buffer.from('hello').toString('base64') };
    const { session_id } = await say('say x', { files: [file] });
    const read = await send('GET', `/api/v1/chat/conversations/${session_id}`);
    const artifactId = /"artifactId":"(\w+)"/.exec(read.text)?.[1] ?? '';
    assert.equal((await send('GET', `/api/v1/chat/artifacts/${artifactId}`)).text, 'hello');
    const answers = [{ id: mine.waiting[0]?.id, approve: true }];
    const one = `/api/v1/chat/conversations/${session_id}`;
    const theirs: readonly (readonly [string, string, unknown?])[] = [
      ['POST', '/chat', { message: 'say more', session_id }],
      ['GET', `/chat/runs/${mine.run_id}`],
      ['GET', `/chat/runs/${mine.run_id}/events`],
      ['POST', `/chat/runs/${mine.run_id}/stop`],
      ['POST', `/chat/runs/${mine.run_id}/answers`, { answers }],
      ['GET', one],
      ['PATCH', one, { title: 'Mine now' }],
      ['DELETE', one],
      ['GET', `${one}/export`],
      ['POST', `${one}/fork`, { messageId: mine.message_id }],
      ['POST', `${one}/link`],
      ['DELETE', `${one}/link`],
      ['GET', `/api/v1/chat/artifacts/${artifactId}`],
    ];
    for (const [method, path, body] of theirs) {
      for (const as of ['viewerA', 'adminA', 'ownerA', 'ownerB'] as const) {
        problemOf(await send(method, path, body, as), 'not_found');
      }
      problemOf(await send(method, path, body, 'billingA'), 'forbidden');
    }
    for (const as of ['viewerA', 'ownerA', 'ownerB'] as const) {
      const listed = await send('GET', '/api/v1/chat/conversations', undefined, as);
      assert.deepEqual(listed.json, { conversations: [], nextCursor: null });
    }
    assert.equal(
      ((await send('GET', `/chat/runs/${mine.run_id}`)).json as Answer).status,
      'waiting',
    );
  });

  test('an owner looks into them on record, and an admin does not', async (t) => {
    const { say, send, acts } = await doors(t);
    const { session_id } = await say('say secret');
    const user = callers.memberA.subject.id;
    const list = `/api/v1/chat/users/${user}/conversations`;
    const one = `/api/v1/chat/inspected/${session_id}`;
    for (const path of [list, one]) {
      problemOf(await send('GET', path, undefined, 'adminA'), 'forbidden');
      problemOf(await send('GET', path), 'forbidden');
    }
    const other = await send('GET', list, undefined, 'ownerB');
    assert.deepEqual(other.json, { conversations: [], nextCursor: null });
    problemOf(await send('GET', one, undefined, 'ownerB'), 'not_found');
    acts.length = 0;
    assert.match((await send('GET', list, undefined, 'ownerA')).text, /secret/);
    assert.match((await send('GET', one, undefined, 'ownerA')).text, /secret/);
    assert.deepEqual(
      acts.map(({ action, target }) => [action, target]),
      [
        ['listConversationsOfUser', user],
        ['inspectConversation', session_id],
      ],
    );
  });
});

describe('conversations', () => {
  test('are listed page by page, searched, renamed and deleted', async (t) => {
    const { say, send } = await doors(t);
    const ids = [];
    for (const word of ['apples', 'pears', 'plums'])
      ids.push((await say(`say ${word}`)).session_id);
    const base = '/api/v1/chat/conversations';
    const list = async (query: string) => {
      const { json } = await send('GET', base + query);
      return json as { conversations: { id: string; title: string }[]; nextCursor: string | null };
    };
    const first = await list('?limit=2');
    const rest = await list(`?limit=2&cursor=${first.nextCursor}`);
    const all = [...first.conversations, ...rest.conversations];
    assert.deepEqual(
      all.map(({ id }) => id),
      ids.toReversed(),
    );
    assert.equal(rest.nextCursor, null);
    assert.equal(all[0]?.title, 'say plums');
    assert.deepEqual((await list('?search=PEARS')).conversations[0]?.id, ids[1]);
    const most = 'x'.repeat(limits.chatSearchCharactersMax);
    assert.deepEqual((await list(`?search=${most}`)).conversations, []);
    problemOf(await send('GET', `${base}?search=${most}x`), 'invalid_params');
    const one = `${base}/${ids[0]}`;
    const title = 'x'.repeat(limits.chatTitleCharactersMax);
    assert.equal(((await send('PATCH', one, { title })).json as { title: string }).title, title);
    problemOf(await send('PATCH', one, { title: `${title}x` }), 'invalid_params');
    assert.equal((await send('DELETE', one)).status, 204);
    problemOf(await send('GET', one), 'not_found');
  });

  test('are shown by a link to the tenant as they were, until it ends', async (t) => {
    const { say, send } = await doors(t);
    const { session_id } = await say('say first');
    const link = `/api/v1/chat/conversations/${session_id}/link`;
    const { path } = (await send('POST', link)).json as { path: string };
    await say('say second', { session_id });
    const shared = await send('GET', path, undefined, 'viewerA');
    assert.match(shared.text, /first/);
    assert.doesNotMatch(shared.text, /second/);
    problemOf(await send('GET', path, undefined, 'ownerB'), 'not_found');
    const newer = (await send('POST', link)).json as { path: string };
    problemOf(await send('GET', path, undefined, 'viewerA'), 'not_found');
    assert.match((await send('GET', newer.path, undefined, 'viewerA')).text, /second/);
    assert.equal((await send('DELETE', link)).status, 204);
    problemOf(await send('GET', newer.path, undefined, 'viewerA'), 'not_found');
  });

  test('are forked with their files, and taken along', async (t) => {
    const { say, send } = await doors(t);
    const png = Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1');
    const files = [{ name: 'ä.png', media_type: 'image/png', data: png.toString('base64') }];
    const first = await say('say first', { files });
    await say('say second', { session_id: first.session_id });
    const one = `/api/v1/chat/conversations/${first.session_id}`;
    const forked = await send('POST', `${one}/fork`, { messageId: first.message_id });
    assert.equal(forked.status, 201);
    const { id } = forked.json as { id: string };
    await send('DELETE', one);
    const lines = await send('GET', `/api/v1/chat/conversations/${id}/export?format=jsonl`);
    assert.equal(lines.text.trim().split('\n').length, 2);
    assert.doesNotMatch(lines.text, /second/);
    const artifactId = /"artifactId":"(\w+)"/.exec(lines.text)?.[1] ?? '';
    const file = await send('GET', `/api/v1/chat/artifacts/${artifactId}`);
    assert.equal(file.headers.get('content-type'), 'image/png');
    assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
    assert.match(
      file.headers.get('content-disposition') ?? '',
      /^inline; filename\*=UTF-8''%C3%A4/,
    );
    assert.equal((await say('count', { session_id: id })).answer, '3 messages');
  });
});
