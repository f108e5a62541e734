import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import { findTools } from './find-tools.ts';
import { manyTools as viewOf, toolWords } from '../../test/support/many-tools.ts';
import { ViewIndexes } from './view-indexes.ts';

const tenant = tenantId('ten_a');
describe('the indexes of views', () => {
  test('are built once for a view, and again for another', async () => {
    const indexes = new ViewIndexes();
    const view = viewOf(3);
    const [one, two] = await Promise.all([indexes.of(tenant, view), indexes.of(tenant, view)]);
    assert.equal(one, two);
    assert.notEqual(await indexes.of(tenant, viewOf(3)), one);
    indexes.forget(tenant);
    assert.deepEqual(indexes.size, { indexes: 0, tools: 0 });
  });

  test('go when the services of their tenant change', async () => {
    const indexes = new ViewIndexes();
    await indexes.of(tenant, viewOf(1, 1));
    await indexes.of(tenantId('ten_b'), viewOf(1, 1));
    await indexes.of(tenant, viewOf(1, 2));
    assert.equal(indexes.size.indexes, 2);
  });

  test('are kept within limits, the longest unused go first', async () => {
    const bounds = { toolsPerIndexMax: 5, toolIndexesMax: 3, indexedToolsMax: 12 };
    const indexes = new ViewIndexes(undefined, bounds);
    const views = [viewOf(2), viewOf(2), viewOf(2)];
    const first = await Promise.all(views.map((view) => indexes.of(tenant, view)));
    assert.equal(indexes.size.indexes, bounds.toolIndexesMax);
    assert.equal(await indexes.of(tenant, views[0] as TenantSnapshot), first[0]);
    await indexes.of(tenant, viewOf(2));
    assert.equal(indexes.size.indexes, bounds.toolIndexesMax);
    assert.equal(await indexes.of(tenant, views[0] as TenantSnapshot), first[0], 'used last');
    assert.notEqual(await indexes.of(tenant, views[1] as TenantSnapshot), first[1]);
    const large = await indexes.of(tenant, viewOf(6));
    assert.equal(large.tools.length, bounds.toolsPerIndexMax);
    await indexes.of(tenant, viewOf(5));
    assert.ok(indexes.size.tools <= bounds.indexedToolsMax);
    assert.ok(limits.toolsPerIndexMax <= limits.indexedToolsMax && limits.toolIndexesMax > 1);
  });

  test('wait for their turn, and are refused when too many wait', async () => {
    const indexes = new ViewIndexes();
    const builds = Array.from({ length: limits.toolIndexBuildsWaitingMax + 2 }, (_, at) =>
      indexes.of(tenantId(`ten_${at}`), viewOf(50)),
    );
    const settled = await Promise.allSettled(builds);
    const refused = settled.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 1);
    const [one] = refused as PromiseRejectedResult[];
    assert.ok(one?.reason instanceof GatewayError && one.reason.code === 'too_many');
  });

  test('are built without holding up everybody else', async () => {
    await new ViewIndexes().of(tenant, viewOf(500));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const { index } = await new ViewIndexes().of(tenant, viewOf(5_000));
    delay.disable();
    assert.equal(index.size, 5_000);
    assert.ok(delay.count > 10, 'nobody had a turn');
    assert.ok(limits.toolIndexSliceMs < 50);
  });

  test('are not won by whoever writes the most words', async () => {
    const view = viewOf(60);
    const live = [...view.tools.values()][0]?.live;
    const stuffed = {
      name: 'best',
      description: `${toolWords.join(' ')} `.repeat(200),
      inputSchema: {},
    };
    const honest = {
      name: 'send_parcel',
      description: 'Sends a parcel to a customer.',
      inputSchema: {},
    };
    const tools = new Map<string, unknown>([
      ...view.tools,
      ['a__best', { live, name: 'best', definition: stuffed }],
      ['a__send_parcel', { live, name: 'send_parcel', definition: honest }],
    ]);
    const both = { ...view, tools } as unknown as TenantSnapshot;
    const found = await new ViewIndexes().of(tenant, both);
    const of = (query: string): readonly string[] =>
      findTools(found, query, { limit: 5 }).tools.map(({ name }) => name);
    assert.equal(of('send a parcel to a customer')[0], 'a__send_parcel');
    const first = toolWords.filter((word) => of(`something with the ${word}`)[0] === 'a__best');
    assert.ok(first.length <= 1, `it is the first for ${first.join(', ')}`);
  });

  test('find no more than was asked for, and no less of what was meant', async () => {
    const found = await new ViewIndexes().of(tenant, viewOf(100));
    const { searchedToolsMax } = limits;
    const { tools, total } = findTools(found, 'invoice', { limit: searchedToolsMax });
    assert.ok(tools.length > 8 && tools.length <= searchedToolsMax);
    assert.equal(total, 100);
    assert.equal(findTools(found, 'tol_99', { limit: 1 }).tools[0]?.name, 'a__tool_99');
  });
});
