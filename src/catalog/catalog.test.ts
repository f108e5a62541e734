import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, FakeUpstream } from '../../test/support/fake-upstream.ts';
import { MemoryBus } from '../kernel/memory-bus.ts';
import { IdSource } from '../kernel/ids.ts';
import { silentLog } from '../kernel/log.ts';
import { tenantId } from '../kernel/principal.ts';
import { Catalog } from './catalog.ts';
import type { ServiceRuntime } from './service-runtime.ts';

const tenant = tenantId('ten_a');

test('the names of a removed service are free for the one that comes after it', async () => {
  const ids = new IdSource();
  await using catalog = new Catalog({
    services: {
      list: () => Promise.resolve([]),
      get: () => Promise.resolve(undefined),
      insert: () => Promise.resolve(),
      update: () => Promise.resolve(undefined),
      delete: () => Promise.resolve(true),
    },
    aliases: { list: () => Promise.resolve([]), insert: () => Promise.resolve() },
    bus: new MemoryBus(),
    log: silentLog,
    open: () => {
      // A name that cannot be public as it is, so that another is kept for it.
      const list = { tools: [{ name: 'read.file', inputSchema: { type: 'object' } }] };
      return Promise.resolve(new FakeUpstream({ 'tools/list': () => complete(list) }));
    },
  });
  const add = async (): Promise<ServiceRuntime> => {
    const live = catalog.prepare({
      id: ids.next('svc'),
      tenant,
      slug: 'files',
      kind: 'fake',
      title: 'Files',
      enabled: true,
      config: {},
      createdAtMs: 0,
      updatedAtMs: 0,
      version: 1,
    });
    await live.start();
    await catalog.put(live);
    return live;
  };
  const names = (): readonly string[] => [...catalog.snapshot(tenant).tools.keys()];
  const first = await add();
  const before = names();
  assert.match(before[0] ?? '', /^files__read_file_/);
  await catalog.remove(first);
  assert.deepEqual(names(), []);
  await add();
  assert.deepEqual(names(), before);
});
