import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInstance } from '../cluster/support/instance.ts';
import { within } from '../cluster/support/within.ts';
import { startModernHttpServer } from '../support/mcp-http/modern-http-server.ts';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';
import { callTool, control } from './support/control.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;
const ACTS = 12;

test('two gateways on one PostgreSQL write one chain', { skip }, async () => {
  await using server = await startPostgres(programs ?? '');
  await using upstream = await startModernHttpServer();
  const { user, password, port } = server;
  const databaseUrl = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
  const options = { databaseUrl, settings: ['keys=database'] };
  await using one = await startInstance(options);
  await using other = await startInstance(options);
  const { apiKey } = one;
  const gateways = [one, { url: other.url, apiKey }];
  await control(one, 'POST', '/api/v1/services', {
    slug: 'orders',
    kind: 'mcp-http',
    config: { url: upstream.url },
  });
  await within(5_000, 'both serve it', async () => {
    return (await callTool({ url: other.url, apiKey }, 'orders__echo')).status === 200;
  });
  const work = gateways.flatMap((gateway, at) =>
    Array.from({ length: ACTS }, async (_, n) => {
      const made = await control(gateway, 'POST', '/api/v1/keys', { name: `key ${at} ${n}` });
      assert.equal(made.status, 201, JSON.stringify(made.json));
      assert.equal((await callTool(gateway, 'orders__echo')).status, 200);
      await callTool(gateway, `orders__unknown_${n}`);
    }),
  );
  await Promise.all(work);
  // Each brings its own records and refusals to the database; then either sees all of them.
  for (const gateway of gateways) await control(gateway, 'GET', '/api/v1/audit/verification');
  for (const gateway of gateways) {
    const { json } = await control(gateway, 'GET', '/api/v1/audit/verification');
    assert.deepEqual(json['faults'], []);
    assert.ok(Number(json['calls']) >= 2 * ACTS, JSON.stringify(json));
    const listed = await control(gateway, 'GET', '/api/v1/audit?action=createKey&limit=500');
    const events = listed.json['events'] as unknown as readonly { readonly nodeId: string }[];
    assert.equal(events.length, 2 * 2 * ACTS);
    assert.equal(new Set(events.map(({ nodeId }) => nodeId)).size, 2);
    const refused = await control(gateway, 'GET', '/api/v1/audit?kind=refusal&limit=500');
    assert.ok((refused.json['events'] as readonly unknown[]).length >= 2 * ACTS);
  }
});
