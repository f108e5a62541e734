import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Listing } from '../catalog/lists/listing.ts';
import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import { buildTenantSnapshot, type TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { limits } from '../kernel/limits.ts';
import type { AccessLayer } from '../kernel/permissions.ts';
import { compilePermissions, holding } from './compile-permissions.ts';
import type { Offer } from './offer.ts';
import { PRICE_META, Views } from './views.ts';

const service = (slug: string, listing: Partial<Listing>): ServiceRuntime =>
  ({
    service: { id: `svc_${slug}`, slug },
    listing: { tools: [], prompts: [], resources: [], templates: [], ...listing },
  }) as unknown as ServiceRuntime;

const orders = service('orders', {
  tools: [
    { name: 'get_order', _meta: { ui: { resourceUri: 'ui://order' } } },
    { name: 'cancel_order', _meta: { ui: { resourceUri: 'ui://cancel' } } },
  ],
  prompts: [{ name: 'explain' }],
  resources: [{ uri: 'orders://all' }, { uri: 'ui://order' }],
  templates: [{ uriTemplate: 'orders://{id}' }],
});
const mail = service('mail', { tools: [{ name: 'get' }], resources: [{ uri: 'mail://inbox' }] });
const empty = service('empty', {});
const { snapshot } = buildTenantSnapshot([orders, mail, empty], [], 1);

const viewBy = (...layers: AccessLayer[]): TenantSnapshot =>
  new Views().of(snapshot, compilePermissions(holding('owner'), { scopes: null, access: layers }));
const slugs = (view: TenantSnapshot): string[] => view.services.map((one) => one.service.slug);

describe('a view', () => {
  it('is the snapshot itself for who may use everything', () => {
    assert.equal(new Views().of(snapshot, compilePermissions(holding('developer'))), snapshot);
  });

  it('holds the tools that a pattern names, and nothing of the kinds it does not list', () => {
    const view = viewBy([{ tools: ['orders__get*'] }]);
    assert.deepEqual(slugs(view), ['orders']);
    assert.deepEqual([...view.tools.keys()], ['orders__get_order']);
    assert.equal(view.prompts.size, 0);
    assert.equal(view.resources.owner('orders://all'), undefined);
    assert.equal(view.resources.owner('orders://7'), undefined);
    assert.equal(view.bySlug.has('mail'), false);
    const shown = view.published(orders, 'tools', orders.listing.tools);
    assert.deepEqual(
      shown.map(({ name }) => name),
      ['orders__get_order'],
    );
    assert.equal(view.visibility.isWhole(orders), false);
  });

  it('reaches the page that a visible tool is shown in, and no other page', () => {
    const { visibility, resources } = viewBy([{ tools: ['orders__get*'] }]);
    assert.equal(visibility.reaches(orders, 'ui://order'), true);
    assert.equal(visibility.reaches(orders, 'ui://cancel'), false);
    assert.equal(resources.owner('ui://order'), orders);
    assert.equal(resources.owner('ui://cancel'), undefined);
  });

  it('is whole services when a rule names services alone, those that list nothing yet too', () => {
    const view = viewBy([{ services: ['orders', 'e*'] }]);
    assert.deepEqual(slugs(view), ['empty', 'orders']);
    assert.equal(view.visibility.isWhole(orders), true);
    assert.equal(view.resources.owner('orders://7'), orders);
  });

  it('needs one rule of every layer', () => {
    const either = viewBy([{ tools: ['orders__get*'] }, { services: ['mail'] }]);
    assert.deepEqual([...either.tools.keys()], ['mail__get', 'orders__get_order']);
    const both = viewBy([{ tools: ['*__get*'] }], [{ services: ['mail'] }]);
    assert.deepEqual([...both.tools.keys()], ['mail__get']);
    assert.deepEqual(slugs(viewBy([{ tools: ['orders__*'] }], [{ services: ['mail'] }])), []);
    assert.deepEqual(slugs(viewBy([])), [], 'a layer without rules allows nothing');
  });

  it('is kept as long as its snapshot, with viewsPerSnapshotMax others', () => {
    const views = new Views();
    const by = (number: number) =>
      compilePermissions(holding('owner'), { scopes: null, access: [[{ tools: [`${number}`] }]] });
    const first = views.of(snapshot, by(0));
    for (let number = 1; number < limits.viewsPerSnapshotMax; number++) {
      views.of(snapshot, by(number));
    }
    assert.equal(views.of(snapshot, by(0)), first);
    views.of(snapshot, by(limits.viewsPerSnapshotMax));
    assert.notEqual(views.of(snapshot, by(0)), first);
    const next = buildTenantSnapshot([orders], [], 2).snapshot;
    assert.notEqual(views.of(next, by(1)), views.of(snapshot, by(1)));
  });

  it('is cut to what a plan includes, whoever the caller is, and cached by its version', () => {
    const views = new Views([{ services: ['mail'] }]);
    const everything = compilePermissions(holding('owner'));
    const offer: Offer = {
      digest: 'plv_1',
      includes: [{ tools: ['orders__get*'] }],
      priceOf: undefined,
    };
    const view = views.of(snapshot, everything, undefined, offer);
    assert.deepEqual([...view.tools.keys()], ['mail__get', 'orders__get_order']);
    assert.deepEqual(slugs(view), ['mail', 'orders'], 'what is not sold is always there');
    assert.equal(views.of(snapshot, everything, undefined, { ...offer }), view);
    const next = { ...offer, digest: 'plv_2', includes: [{ services: ['e*'] }] };
    assert.deepEqual(slugs(views.of(snapshot, everything, undefined, next)), ['empty', 'mail']);
    const access: AccessLayer[] = [[{ services: ['orders', 'empty'] }]];
    const limited = compilePermissions(holding('owner'), { scopes: null, access });
    const both = views.of(snapshot, limited, undefined, offer);
    assert.deepEqual([...both.tools.keys()], ['orders__get_order']);
    assert.equal(views.of(snapshot, everything), snapshot);
  });

  it('says what calls cost where a plan does, and is the snapshot in all else', () => {
    const priceOf = (slug: string, tool: string) => ({ price: `${slug} ${tool}` });
    const offer: Offer = { digest: 'plv_1', includes: undefined, priceOf };
    const view = new Views().of(snapshot, compilePermissions(holding('owner')), undefined, offer);
    const { annotated, ...others } = view;
    assert.deepEqual(others, snapshot);
    const [tool] = orders.listing.tools;
    assert.deepEqual(tool && annotated?.(orders, tool), {
      name: 'get_order',
      _meta: { ui: { resourceUri: 'ui://order' }, [PRICE_META]: { price: 'orders get_order' } },
    });
  });
});
