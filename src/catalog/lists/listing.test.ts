import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complete, FakeUpstream, type FakeMethod } from '../../../test/support/fake-upstream.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { fullClient } from './capability-profile.ts';
import { readListing, type ReadListing } from './listing.ts';
import { callerOf } from '../../upstream/upstream.ts';

const io = {
  cancellation: new Cancellation(),
  deadlineMs: Number.MAX_SAFE_INTEGER,
  notified: 0,
  notify: () => undefined,
};

async function read(methods: Readonly<Record<string, FakeMethod>>): Promise<ReadListing> {
  const capabilities = Object.fromEntries(
    Object.keys(methods).map((method) => [method.slice(0, method.indexOf('/')), {}]),
  ) as JsonObject;
  const upstream = new FakeUpstream(methods, capabilities);
  const discovery = await upstream.discover();
  const caller = callerOf('t', 'c');
  return await readListing(upstream, discovery, fullClient, caller, io);
}

const paged =
  (pages: number): FakeMethod =>
  ({ params }) => {
    const page = Number(params['cursor'] ?? 1);
    const next = page < pages ? { nextCursor: String(page + 1) } : {};
    return complete({ tools: [{ name: `t${page}` }], ...next });
  };

describe('readListing', () => {
  it('follows pages up to limits.listPagesMax', async () => {
    const { tools } = await read({ 'tools/list': paged(limits.listPagesMax) });
    assert.equal(tools.length, limits.listPagesMax);
    await assert.rejects(read({ 'tools/list': paged(limits.listPagesMax + 1) }), {
      code: 'upstream_failed',
    });
  });

  it('takes limits.toolsPerServiceMax tools and not one more', async () => {
    const list =
      (count: number): FakeMethod =>
      () =>
        complete({ tools: Array.from({ length: count }, (_, index) => ({ name: `t${index}` })) });
    const most = limits.toolsPerServiceMax;
    assert.equal((await read({ 'tools/list': list(most) })).tools.length, most);
    await assert.rejects(read({ 'tools/list': list(most + 1) }), { code: 'upstream_failed' });
  });

  it('keeps what was read when a cursor leads nowhere, and says so', async () => {
    for (const nextCursor of ['', 'same', 5]) {
      const page = { tools: [{ name: 'a', inputSchema: { type: 'object' } }], nextCursor };
      const listing = await read({ 'tools/list': () => complete(page) });
      assert.deepEqual(
        listing.tools.map(({ name }) => name),
        ['a'],
      );
      assert.ok(listing.isMended);
      const codes = listing.diagnostics.map(({ code }) => code);
      assert.ok(codes.includes('list_cut_short'), codes.join());
    }
  });

  it('takes null for a list of nothing, and refuses an answer without a list', async () => {
    assert.deepEqual((await read({ 'tools/list': () => complete({ tools: null }) })).tools, []);
    await assert.rejects(read({ 'tools/list': () => complete({}) }), { code: 'upstream_failed' });
  });

  it('asks only for what is declared, and serves tools when other lists fail', async () => {
    const listing = await read({
      'tools/list': () => complete({ tools: [{ name: 'a' }, 'nonsense'] }),
      'prompts/list': () => complete({ wrong: 1 }),
    });
    const { tools, prompts, resources, templates } = listing;
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['a'],
    );
    assert.deepEqual([prompts, resources, templates], [[], [], []]);
  });
});
