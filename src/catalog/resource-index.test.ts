import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createResourceIndex } from './resource-index.ts';
import { emptyListing } from './lists/listing.ts';
import type { ServiceRuntime } from './service-runtime.ts';

const live = (uris: readonly string[], templates: readonly string[]): ServiceRuntime =>
  ({
    listing: {
      ...emptyListing,
      resources: uris.map((uri) => ({ uri })),
      templates: templates.map((uriTemplate) => ({ uriTemplate })),
    },
  }) as unknown as ServiceRuntime;

const claim = (one: ServiceRuntime) => ({ live: one, listing: one.listing });

describe('createResourceIndex', () => {
  const one = live(['test://a', 'test://both'], ['test://item/{id}/data']);
  const two = live(['test://both'], ['test://item/{id}', 'file:///{+path}']);
  const index = createResourceIndex([one, two].map(claim));

  it('finds owners by list first, then by template; the first claim wins', () => {
    assert.equal(index.owner('test://both'), one);
    assert.equal(index.owner('test://item/4/data'), one);
    assert.equal(index.owner('test://item/4'), two);
    assert.equal(index.owner('file:///a/b/c.txt'), two);
    assert.equal(index.owner('test://item/{id}/data'), one);
    assert.equal(index.owner('test://other'), undefined);
    assert.equal(index.owner(''), undefined);
  });

  it('does not match what only overlaps', () => {
    const tight = createResourceIndex([claim(live([], ['ab{x}bc']))]);
    assert.equal(tight.owner('abc'), undefined);
    assert.notEqual(tight.owner('abbc'), undefined);
  });

  it('answers a hostile template and a long URI at once', () => {
    const hostile = createResourceIndex([claim(live([], ['{a}x'.repeat(200)]))]);
    assert.equal(hostile.owner('x'.repeat(100_000) + 'y'), undefined);
  });
});
