import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complete, FakeUpstream } from '../../test/support/fake-upstream.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog } from '../kernel/log.ts';
import { tenantId } from '../kernel/principal.ts';
import type { UpstreamChange } from '../upstream/contract.ts';
import { ServiceRuntime, type ServiceRuntimeContext } from './service-runtime.ts';
import type { Service } from './store.ts';

const service: Service = {
  id: 'svc_1',
  tenant: tenantId('ten_1'),
  slug: 'one',
  kind: 'fake',
  title: 'One',
  enabled: true,
  config: {},
  createdAtMs: 0,
  updatedAtMs: 0,
  version: 1,
};

function world(open: ServiceRuntimeContext['open']): {
  readonly live: ServiceRuntime;
  readonly changes: string[];
} {
  const changes: string[] = [];
  const live = new ServiceRuntime(service, {
    log: silentLog,
    open,
    listsChanged: (_, lists) => changes.push(lists.join(' ')),
    resourceUpdated: (_, uri) => changes.push(uri),
  });
  return { live, changes };
}

const tools = (names: readonly string[]): FakeUpstream =>
  new FakeUpstream(
    { 'tools/list': () => complete({ tools: names.map((name) => ({ name })) }) },
    {
      tools: {},
    },
  );

describe('ServiceRuntime', () => {
  it('opens, discovers and lists, and closes with its upstream', async () => {
    const upstream = tools(['a']);
    const { live, changes } = world(() => Promise.resolve(upstream));
    assert.throws(() => live.upstream, { code: 'upstream_unavailable' });
    await live.start();
    assert.equal(live.health.state, 'ready');
    assert.deepEqual(
      live.listing.tools.map(({ name }) => name),
      ['a'],
    );
    assert.deepEqual(changes, ['tools prompts resources']);
    await live[Symbol.asyncDispose]();
    assert.equal(upstream.disposed, true);
    assert.equal(live.health.state, 'disabled');
    assert.throws(() => live.upstream, { code: 'upstream_unavailable' });
  });

  it('says what went wrong and tries again until it works', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    let attempts = 0;
    const { live } = world(() => {
      attempts++;
      return attempts < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(tools(['a']));
    });
    await live.keepStarted();
    assert.equal(live.health.state, 'failed');
    assert.equal(live.health.lastError, 'not yet');
    while ((live.health.state as string) !== 'ready') {
      test.mock.timers.tick(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(attempts, 3);
    assert.equal(live.health.lastError, null);
    await live[Symbol.asyncDispose]();
  });

  it('stays listed for a while when its upstream is away, and cannot be called', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    let isAway = false;
    let changed = (_change: UpstreamChange): void => {};
    const { live } = world((_, __, listener) => {
      changed = listener;
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve(tools(['a']));
    });
    await live.start();
    isAway = true;
    changed({ kind: 'lost', text: 'gone' });
    assert.throws(() => live.upstream, { code: 'upstream_unavailable' });
    test.mock.timers.tick(limits.absentListingMs - 1);
    assert.equal(live.listing.tools.length, 1);
    test.mock.timers.tick(1);
    assert.equal(live.listing.tools.length, 0);
    await live[Symbol.asyncDispose]();
  });

  it('reads its lists again when told so, and keeps the old ones when that fails', async () => {
    let names: readonly string[] | undefined = ['a'];
    const upstream = new FakeUpstream(
      {
        'tools/list': () => {
          if (names === undefined) throw new Error('broken');
          return complete({ tools: names.map((name) => ({ name })) });
        },
      },
      { tools: {} },
    );
    let changed = (_change: UpstreamChange): void => {};
    const { live, changes } = world((_service, _signal, listener) => {
      changed = listener;
      return Promise.resolve(upstream);
    });
    await live.start();
    names = ['a', 'b'];
    changed({ kind: 'lists', lists: ['tools'] });
    while (live.listing.tools.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(changes.includes('tools'), true);
    names = undefined;
    changed({ kind: 'lists', lists: ['tools'] });
    while (live.health.lastError === null) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(live.listing.tools.length, 2);
    changed({ kind: 'resource', uri: 'test://x' });
    assert.equal(changes.at(-1), 'test://x');
    await live[Symbol.asyncDispose]();
  });

  it('hears changes on the upstream stream and watches resources on it', async () => {
    const upstream = tools(['a']);
    const { live, changes } = world(() => Promise.resolve(upstream));
    await live.start();
    const watch = live.watch(['test://r']);
    await watch.ready;
    assert.deepEqual(upstream.listens.at(-1)?.resourceSubscriptions, ['test://r']);
    upstream.announce('notifications/resources/updated', { uri: 'test://r' });
    while (!changes.includes('test://r')) await new Promise((resolve) => setImmediate(resolve));
    watch.end();
    await live[Symbol.asyncDispose]();
  });
});
