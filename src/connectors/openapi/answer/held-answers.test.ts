import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { openConnector, type ToolResult } from '../../../../test/support/open-connector.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { openapiConfig } from '../prepare/config.ts';
import { createOpenapiConnector } from '../connector.ts';
import { createHeldAnswers, type AnswerOwner } from './held-answers.ts';

const owner: AnswerOwner = { serviceId: 's', tenant: 't', grantId: 'k', tool: 'list' };
const long = (bytes: number) => ({ text: 'x'.repeat(bytes), json: false, charactersMax: 100 });
const bounds = { bytesMax: 10_000, callerBytesMax: 4_000, idleMs: 1_000 };

describe('held answers', () => {
  test('are read by who asked for them, with the tool that they asked', () => {
    const held = createHeldAnswers(bounds);
    const cursor = held.hold(owner, long(1_000)) ?? '';
    for (const other of [
      { ...owner, tenant: 'u' },
      { ...owner, grantId: 'l' },
      { ...owner, serviceId: 'r' },
      { ...owner, tool: 'find' },
    ]) {
      assert.equal(held.page(other, cursor), undefined);
    }
    for (const wrong of ['', 'x', `${cursor}9`, cursor.replace(/.$/, '0'), `a${cursor.slice(1)}`]) {
      assert.equal(held.page(owner, wrong), undefined, wrong);
    }
    assert.equal(held.page(owner, cursor)?.text.length, 100);
    assert.deepEqual(held.page(owner, cursor), held.page(owner, cursor), 'again and again');
    held.forget('s');
    assert.equal(held.page(owner, cursor), undefined);
    assert.equal(held.bytes, 0);
  });

  test('give way: the oldest of one caller, then the oldest of all', () => {
    const held = createHeldAnswers(bounds);
    const hold = (grantId: string, bytes: number): string =>
      held.hold({ ...owner, grantId }, long(bytes)) ?? '';
    const has = (grantId: string, cursor: string): boolean =>
      held.page({ ...owner, grantId }, cursor) !== undefined;
    assert.equal(hold('k', bounds.callerBytesMax + 1), '', 'heldAnswersPerCallerBytesMax');
    const whole = hold('k', bounds.callerBytesMax);
    assert.ok(has('k', whole));
    const next = hold('k', 500);
    assert.ok(!has('k', whole) && has('k', next));
    const others = ['a', 'b', 'c'].map((name) => [name, hold(name, 3_500)] as const);
    assert.ok(held.bytes <= bounds.bytesMax, 'heldAnswersBytesMax');
    assert.deepEqual(
      others.map(([name, cursor]) => has(name, cursor)),
      [false, true, true],
    );
    held.forget('s');
  });

  test('are forgotten when nobody reads on (heldAnswerMs)', () => {
    let nowMs = 0;
    const held = createHeldAnswers(bounds, () => nowMs);
    const cursor = held.hold(owner, long(1_000)) ?? '';
    nowMs = bounds.idleMs - 1;
    assert.ok(held.page(owner, cursor));
    nowMs += bounds.idleMs - 1;
    assert.ok(held.page(owner, cursor), 'reading on keeps it');
    nowMs += bounds.idleMs;
    assert.equal(held.page(owner, cursor), undefined);
    held.forget('s');
  });
});

describe('reading on', () => {
  const rows = Array.from({ length: 3_000 }, (_, id) => ({ id, note: `row ${id} `.repeat(5) }));
  const page = `${'word '.repeat(20_000)}end`;
  const server = createServer(({ url }, response) => {
    const isText = url === '/page';
    response.setHeader('content-type', isText ? 'text/plain' : 'application/json');
    response.end(isText ? page : JSON.stringify({ total: rows.length, data: rows }));
  });

  before(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const charactersMax = 10_000;
  const opened = (config: object = {}) =>
    openConnector(
      createOpenapiConnector(),
      {
        document: {
          openapi: '3.1.0',
          info: { title: 'Rows', version: '1' },
          paths: {
            '/rows': { get: { operationId: 'rows' } },
            '/page': { get: { operationId: 'page' } },
          },
        },
        baseUrl: `http://${host()}`,
        answerCharacters: charactersMax,
        ...config,
      },
      { allowHosts: [host()] },
    );

  const cursorOf = (result: JsonObject | ToolResult): string | undefined => {
    const { _meta: meta } = result as unknown as { _meta?: JsonObject };
    return meta?.['mcp-gateway/cursor'] as string | undefined;
  };

  const idsOf = (value: Json | undefined): readonly number[] => {
    if (!isJsonObject(value)) return [];
    const { data, parts } = value as { data?: JsonObject[]; parts?: { items: JsonObject[] }[] };
    return [...(data ?? []), ...(parts ?? []).flatMap(({ items }) => items)].map(({ id }) =>
      Number(id),
    );
  };

  /** Follows cursors to the end, and checks every page on the way. */
  const readAll = async (
    first: ToolResult,
    next: (cursor: string) => Promise<ToolResult>,
  ): Promise<readonly number[]> => {
    const ids = [...idsOf(first.structuredContent)];
    let result = first;
    for (let cursor = cursorOf(first); cursor !== undefined; cursor = cursorOf(result)) {
      assert.ok(JSON.stringify(result.content.at(-1)).includes(cursor), 'the model is told');
      result = await next(cursor);
      const text = result.content[0]?.text ?? '';
      assert.ok(text.length <= charactersMax);
      assert.deepEqual(JSON.parse(text), result.structuredContent);
      ids.push(...idsOf(result.structuredContent));
    }
    return ids;
  };
  const all = rows.map(({ id }) => id);

  test('by the same tool with a cursor and nothing else', async () => {
    await using api = await opened();
    const next = (cursor: string) => api.call('rows', { _cursor: cursor });
    const first = await api.call('rows');
    assert.deepEqual(await readAll(first, next), all);
    const stranger = await api.call('page', { _cursor: cursorOf(first) ?? '' });
    assert.equal(stranger.isError, true, "another tool's cursor");
    assert.equal((await api.tools()).length, 2);
  });

  test('by a tool of its own, when the configuration wants it', async () => {
    await using api = await opened({ rest: 'tool' });
    const names = (await api.tools()).map(({ name }) => name);
    assert.deepEqual(names, ['rows', 'page', 'read_more']);
    const next = (cursor: string) => api.call('read_more', { cursor });
    assert.deepEqual(await readAll(await api.call('rows'), next), all);
    assert.equal((await api.call('read_more', {})).isError, true);
  });

  test('by the tool that calls, in the mode search', async () => {
    await using api = await opened({ exposure: 'search' });
    const next = (cursor: string) => api.call('call', { cursor });
    assert.deepEqual(await readAll(await api.call('call', { operation: 'rows' }), next), all);
  });

  test('by address, when an operation is a resource', async () => {
    await using api = await opened({ routes: [{ expose: 'resource' }] });
    let uri: string | undefined = 'openapi:///results/rows';
    const ids: number[] = [];
    while (uri !== undefined) {
      const result = await api.request('resources/read', { uri });
      const [content] = result['contents'] as unknown as readonly { text: string }[];
      assert.ok((content?.text.length ?? 0) <= limits.toolTextCharactersMax);
      ids.push(...idsOf(JSON.parse(content?.text ?? '') as Json));
      const meta = result['_meta'] as JsonObject | undefined;
      uri = meta?.['mcp-gateway/next'] as string | undefined;
    }
    assert.deepEqual(ids, all);
  });

  test('within a budget that the configuration sets (toolTextCharactersMin)', () => {
    const least = limits.toolTextCharactersMin;
    const config = (answerCharacters: number) => ({ document: {}, answerCharacters });
    assert.ok(openapiConfig.safeParse(config(least)).success);
    assert.ok(!openapiConfig.safeParse(config(least - 1)).success);
    assert.ok(!openapiConfig.safeParse(config(limits.toolTextCharactersMax + 1)).success);
  });

  test('of a text too, and of what a projection leaves', async () => {
    await using api = await opened({ tools: { rows: { fields: ['data[].id'] } } });
    let result = await api.call('page');
    let text = (result.content[0]?.text ?? '').split('\n… (')[0] ?? '';
    for (let cursor = cursorOf(result); cursor !== undefined; cursor = cursorOf(result)) {
      result = await api.call('page', { _cursor: cursor });
      text += result.content[0]?.text;
    }
    assert.equal(text, page);
    const first = await api.call('rows');
    const shown = idsOf(first.structuredContent);
    assert.ok(shown.length > 500, 'the projection comes before the budget');
    assert.deepEqual(await readAll(first, (cursor) => api.call('rows', { _cursor: cursor })), all);
    assert.doesNotMatch(JSON.stringify(first), /row 1/);
  });
});
