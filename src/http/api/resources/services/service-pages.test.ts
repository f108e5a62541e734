import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callers, ControlPlane } from '../../../../../test/support/control-plane.ts';

test('services are listed whole, or in pages', async () => {
  const plane = new ControlPlane();
  for (const slug of ['one', 'two', 'three']) {
    plane.registry.add(callers.adminA, { slug, kind: 'mcp-http', config: { url: 'https://h/' } });
  }
  const listed = async (query: string) => {
    const { json } = await plane.send('GET', `/services${query}`, { as: 'adminA' });
    const { services, nextCursor } = json as {
      services: { slug: string }[];
      nextCursor: string | null;
    };
    return { slugs: services.map(({ slug }) => slug), nextCursor };
  };
  assert.deepEqual(await listed(''), { slugs: ['one', 'two', 'three'], nextCursor: null });
  const first = await listed('?limit=2');
  assert.deepEqual(first, { slugs: ['one', 'two'], nextCursor: 'svc_2' });
  const rest = await listed(`?limit=2&cursor=${first.nextCursor}`);
  assert.deepEqual(rest, { slugs: ['three'], nextCursor: null });
  assert.equal((await listed('?limit=3')).nextCursor, null);
  for (const query of ['?limit=0', '?limit=501', '?cursor=x', '?page=2']) {
    const { status } = await plane.send('GET', `/services${query}`, { as: 'adminA' });
    assert.equal(status, 400, query);
  }
});
