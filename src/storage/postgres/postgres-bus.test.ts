import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import {
  findPostgres,
  startPostgres,
  type PostgresServer,
} from '../../../test/support/start-postgres.ts';
import { until } from '../../../test/support/until.ts';
import type { GatewayEvents } from '../../kernel/bus.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import type { PostgresSettings } from './client-settings.ts';
import { PostgresBus } from './postgres-bus.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;
const changed = (tenant: string): GatewayEvents['domain.changed'] => ({ domain: 'keys', tenant });

describe('the bus on PostgreSQL', { skip }, () => {
  let server: PostgresServer | undefined;
  let settings: PostgresSettings;
  before(async () => {
    server = await startPostgres(programs ?? '');
    const { user, password, port } = server;
    const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
    settings = { url, poolMax: 2, connectMs: 5_000, statementMs: 5_000 };
  });
  after(() => server?.[Symbol.asyncDispose]());

  /** A bus that listens already, and what it heard. */
  const open = async () => {
    const bus = new PostgresBus(settings, silentLog);
    const heard: string[] = [];
    const missed = { count: 0 };
    bus.on('domain.changed', ({ tenant }) => heard.push(tenant));
    bus.on('events.missed', () => missed.count++);
    await until(() => missed.count > 0, 'the bus listens');
    return { bus, heard, missed, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
  };

  const asOwner = async (sql: string, values: readonly string[] = []): Promise<void> => {
    const client = new Client({ connectionString: settings.url });
    await client.connect();
    await client.query(sql, [...values]);
    await client.end();
  };

  test('shared events reach the others once and the sender once, in order', async () => {
    await using one = await open();
    await using other = await open();
    const all = Array.from({ length: 50 }, (_, index) => `ten_${index}`);
    for (const tenant of all) one.bus.emit('domain.changed', changed(tenant));
    one.bus.emit('service.changed', { tenant: 'ten_a', serviceId: 'svc_1' });
    other.bus.emit('domain.changed', changed('last'));
    await until(() => other.heard.length >= 51 && one.heard.includes('last'));
    assert.deepEqual(one.heard, [...all, 'last']);
    assert.deepEqual(other.heard.toSorted(), [...all, 'last'].toSorted());
    assert.deepEqual(
      other.heard.filter((tenant) => tenant !== 'last'),
      all,
    );
  });

  test('what is too long to be sent makes the others look; eventBytesMax is sent', async () => {
    await using one = await open();
    await using other = await open();
    const emptyBytes = JSON.stringify({
      from: '0'.repeat(36),
      name: 'domain.changed',
      event: changed(''),
    }).length;
    const fits = 'x'.repeat(limits.eventBytesMax - emptyBytes);
    one.bus.emit('domain.changed', changed(fits));
    await until(() => other.heard.length === 1);
    assert.equal(other.missed.count, 1);
    one.bus.emit('domain.changed', changed(`${fits}x`));
    await until(() => other.missed.count === 2);
    assert.equal(other.heard.length, 1);
  });

  test('a queue longer than eventQueueMax becomes one word to look', async () => {
    await using one = await open();
    await using other = await open();
    for (let sent = 0; sent <= limits.eventQueueMax + 1; sent++) {
      one.bus.emit('domain.changed', changed('ten_a'));
    }
    await until(() => other.missed.count === 2);
    assert.ok(other.heard.length <= limits.eventQueueMax);
  });

  test('a lost connection is opened again, says so, and sends what waited', async () => {
    await using one = await open();
    await using other = await open();
    await asOwner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'mcp-gateway events'`);
    one.bus.emit('domain.changed', changed('meanwhile'));
    await until(() => one.missed.count === 2 && other.missed.count >= 2, 'both listen again');
    one.bus.emit('domain.changed', changed('later'));
    await until(() => other.heard.includes('later'));
    assert.ok(limits.eventRetryMsMin < limits.eventRetryMsMax);
  });

  test('what others write on the channel is not believed', async () => {
    await using one = await open();
    for (const text of [
      'not json',
      '[]',
      '{}',
      '{"name":"domain.changed"}',
      '{"name":"service.changed","event":{"serviceId":"svc_1"}}',
    ]) {
      await asOwner('SELECT pg_notify($1, $2)', ['mcp_gateway', text]);
    }
    const seen: string[] = [];
    one.bus.on('service.changed', () => seen.push('service'));
    const good = { name: 'domain.changed', event: changed('good') };
    await asOwner('SELECT pg_notify($1, $2)', ['mcp_gateway', JSON.stringify(good)]);
    await until(() => one.heard.length > 0);
    assert.deepEqual([one.heard, seen], [['good'], []]);
  });
});
