import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBundleStore } from '../../test/support/memory-bundle-store.ts';
import { MemoryBus } from '../kernel/memory-bus.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import { BundleCatalog } from './bundle-catalog.ts';
import type { ServiceRuntime } from './service-runtime.ts';
import { buildTenantSnapshot } from './tenant-snapshot.ts';

const A = tenantId('ten_a');
const listing = { tools: [{ name: 'echo' }], prompts: [], resources: [], templates: [] };
const live = { service: { id: 'svc_1', slug: 'one' }, listing } as unknown as ServiceRuntime;

function start(store = memoryBundleStore()) {
  let version = 1;
  let { snapshot } = buildTenantSnapshot([live], [], version);
  const bundles = new BundleCatalog({
    store,
    bus: new MemoryBus(),
    ids: new IdSource(),
    snapshotOf: () => snapshot,
  });
  const change = (): void => {
    version += 1;
    ({ snapshot } = buildTenantSnapshot([live], [], version));
  };
  return { bundles, store, change, snapshot: () => snapshot };
}

const input = (slug: string) => ({
  slug,
  title: slug,
  description: '',
  items: [{ kind: 'tool', service: 'one', name: 'echo' } as const],
});

test('bundles come back from their store', async () => {
  const { bundles, store } = start();
  const made = await bundles.create(A, input('desk'));
  const again = start(store).bundles;
  assert.deepEqual(again.list(A), []);
  await again.load(A);
  assert.deepEqual(again.list(A), [made]);
});

test("a bundle's tables are one object until the services or the bundle change", async () => {
  const { bundles, change, snapshot } = start();
  await bundles.create(A, input('desk'));
  const first = bundles.snapshot(A, 'desk', snapshot());
  assert.equal(bundles.snapshot(A, 'desk', snapshot()), first);
  change();
  const second = bundles.snapshot(A, 'desk', snapshot());
  assert.notEqual(second, first);
  await bundles.update(A, 'desk', { title: 'New' });
  assert.notEqual(bundles.snapshot(A, 'desk', snapshot()), second);
});

test('a tenant has at most bundlesPerTenantMax bundles', async () => {
  const { bundles } = start();
  for (let made = 0; made < limits.bundlesPerTenantMax; made++) {
    await bundles.create(A, input(`b${made}`));
  }
  await assert.rejects(bundles.create(A, input('more')), {
    code: 'conflict',
    message: /has 200 bundles.*bundlesPerTenantMax.*remove one first/,
  });
  await bundles.create(tenantId('ten_b'), input('other'));
});
