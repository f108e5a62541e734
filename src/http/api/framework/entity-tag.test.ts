import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callers, ControlPlane, problemOf } from '../../../../test/support/control-plane.ts';

function planeWithOne() {
  const plane = new ControlPlane();
  plane.registry.add(callers.adminA, { slug: 'one', kind: 'mcp-http', config: { url: 'x' } });
  const send = (method: string, path: string, ifMatch?: string, body?: unknown) =>
    plane.send(method, path, {
      as: 'adminA',
      ...(ifMatch === undefined ? {} : { headers: { 'If-Match': ifMatch } }),
      ...(body === undefined ? {} : { body }),
    });
  return { plane, send };
}

test('an answer names its version, and a change may ask for that version only', async () => {
  const { send } = planeWithOne();
  assert.equal((await send('GET', '/services/one')).headers.get('etag'), '"1"');
  const changed = await send('PATCH', '/services/one', '"1"', { title: 'New' });
  assert.equal(changed.headers.get('etag'), '"2"');
  const late = await send('PATCH', '/services/one', '"1"', { title: 'Late' });
  assert.match(problemOf(late, 'conflict').detail, /version 2 now.*for version 1: read it again/);
  problemOf(await send('POST', '/services/one/disable', '"1"'), 'conflict');
  problemOf(await send('DELETE', '/services/one', '"1"'), 'conflict');
  assert.equal((await send('PATCH', '/services/one', '*', { title: 'B' })).status, 200);
  assert.equal((await send('POST', '/services/one/disable')).headers.get('etag'), '"4"');
  assert.equal((await send('DELETE', '/services/one', '"4"')).status, 204);
});

test('what is not one ETag of ours is refused before anything changes', async () => {
  const { plane, send } = planeWithOne();
  for (const tag of ['1', 'W/"1"', '"1", "2"', '"0"', '"x"', '']) {
    const came = await send('PATCH', '/services/one', tag, { title: 'New' });
    assert.equal(problemOf(came, 'invalid_params').errors?.[0]?.field, 'If-Match', tag);
  }
  assert.equal(plane.registry.changes.length, 0);
});

test('the document of the API shows the condition on changes of versioned things', async () => {
  const { plane } = planeWithOne();
  const { json } = await plane.send('GET', '/openapi.json');
  const { paths } = json as { paths: Record<string, Record<string, Operation>> };
  const conditional = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === 'If-Match'))
      .map(([method]) => `${method} ${path}`),
  );
  assert.ok(conditional.includes('patch /api/v1/services/{service}'));
  assert.ok(conditional.includes('delete /api/v1/services/{service}'));
  assert.ok(conditional.every((entry) => !entry.startsWith('get ')));
  const answer = paths['/services/{service}']?.['get']?.responses['200'];
  assert.equal(answer?.headers?.['ETag']?.schema?.type, 'string');
});

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Record<string, { headers?: Record<string, { schema?: { type: string } }> }>;
}
