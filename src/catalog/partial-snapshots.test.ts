import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceRuntime } from './service-runtime.ts';
import { PartialSnapshots } from './partial-snapshots.ts';
import { buildTenantSnapshot } from './tenant-snapshot.ts';

const named = (slug: string): ServiceRuntime =>
  ({
    service: { id: `svc_${slug}`, slug },
    listing: { tools: [{ name: 'get' }], prompts: [], resources: [], templates: [] },
  }) as unknown as ServiceRuntime;

test('one service under its own names is not mixed up with several under public ones', () => {
  const orders = named('orders');
  const lives = [orders, named('identity'), named('of')];
  const { snapshot } = buildTenantSnapshot(lives, [], 1);
  const parts = new PartialSnapshots();
  const own = parts.identityOf(snapshot, orders);
  const some = parts.of(snapshot, ['identity', 'of', 'orders']);
  const show = ({ published }: typeof own) => published(orders, 'tools', orders.listing.tools);
  assert.deepEqual([show(own), own.services.length], [[{ name: 'get' }], 1]);
  assert.deepEqual([show(some), some.services.length], [[{ name: 'orders__get' }], 3]);
  assert.equal(parts.identityOf(snapshot, orders), own);
});
