import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BillingWorld,
  ruleOf,
  START_MS,
  termsOf,
} from '../../../../../test/support/billing-world.ts';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { usageRecord } from '../../../../../test/support/usage-record.ts';
import { limits } from '../../../../kernel/limits.ts';
import { firstIdAt, type UsageRecord } from '../../../../metering/store.ts';
import { csvText } from './analytics-csv.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = START_MS + 20 * DAY_MS;
const perCall = ruleOf('call', 'call', { model: 'unit', unitAmount: '0.333333333' });

let made = 0;
function call(startedAtMs: number, change: Partial<UsageRecord> = {}): UsageRecord {
  made += 1;
  const id = `${firstIdAt(startedAtMs)}${String(made).padStart(20, '0')}`;
  const whole = { method: 'tools/call', tool: 't', ...change };
  return usageRecord({ id, chargeKey: id, startedAtMs, ...whole });
}

/** A plane on a database with usage that was charged, a call an hour by one of two users. */
function filledPlane(zone = 'UTC') {
  const world = new BillingWorld();
  world.subscribe(termsOf([perCall]), { timeZone: zone });
  let calls: UsageRecord[] = [];
  for (let hour = 1; hour <= 15 * 24; hour += 1) {
    const startedAtMs = START_MS + hour * HOUR_MS;
    const userId = hour % 3 === 0 ? 'usr_b' : 'usr_a';
    const serviceId = hour % 2 === 0 ? 'svc_1' : 'svc_2';
    calls.push(call(startedAtMs, { userId, serviceId, durationMs: hour % 10 === 0 ? 900 : 10 }));
    if (hour % 24 !== 0) continue;
    world.drain(calls);
    world.rateAll(startedAtMs);
    calls = [];
  }
  const plane = new ControlPlane({ billing: world.stores, now: () => NOW_MS });
  return { world, plane };
}

type Body = Readonly<Record<string, never>>;

async function get(plane: ControlPlane, path: string, as: 'billingA' | 'ownerA' = 'billingA') {
  const came = await plane.send('GET', `/api/v1/analytics/${path}`, { as });
  assert.equal(came.status, 200, came.text);
  return came.json as Body & {
    readonly total: Record<string, unknown>;
    readonly groups: readonly (Record<string, unknown> & { readonly group: object })[];
    readonly other: Record<string, unknown> | null;
    readonly nextCursor: string | null;
    readonly series: readonly {
      readonly startMs: number;
      readonly total: Record<string, unknown>;
      readonly groups: readonly Record<string, unknown>[];
    }[];
  };
}

const whole = `from=${START_MS}&to=${START_MS + 16 * DAY_MS}`;

describe('analytics over the API', () => {
  test('groups come with the rest and percentiles, page by page', async () => {
    const { world, plane } = filledPlane();
    using _closed = world;
    const first = await get(plane, `usage?${whole}&by=user&top=1`);
    assert.equal(first.total['records'], 360);
    assert.deepEqual(first.groups[0]?.group, { user: 'usr_a' });
    assert.equal(first.groups[0]?.['records'], 240);
    assert.equal(first.other?.['records'], 120);
    const { p50, p99 } = first.total['latencyMs'] as { readonly p50: number; readonly p99: number };
    assert.ok(Math.abs(p50 - 10) <= 0.5 && Math.abs(p99 - 900) <= 45, `${p50} ${p99}`);
    assert.notEqual(first.other?.['latencyMs'], null);
    const second = await get(plane, `usage?${whole}&by=user&top=1&cursor=${first.nextCursor}`);
    assert.deepEqual(
      second.groups.map(({ group }) => group),
      [{ user: 'usr_b' }],
    );
    assert.deepEqual([second.other?.['records'], second.nextCursor], [0, null]);
    const both = await get(plane, `usage?${whole}&by=user,service&service=svc_1`);
    assert.equal(both.total['records'], 180);
    assert.deepEqual(
      both.groups.map((one) => one['records']),
      [120, 60],
    );
  });

  test('days are those of the zone, and come to the total', async () => {
    const { world, plane } = filledPlane('America/Los_Angeles');
    using _closed = world;
    // Midnight in Los Angeles is eight o'clock in UTC.
    const from = START_MS + 20 * HOUR_MS;
    const asked = `from=${from}&to=${from + 3 * DAY_MS}&granularity=day&by=user`;
    const { series, total } = await get(plane, `usage?${asked}`);
    assert.deepEqual(
      series.map(({ startMs }) => (startMs - from) / DAY_MS),
      [0, 1, 2],
    );
    assert.deepEqual(
      series.map((day) => day.total['records']),
      [24, 24, 24],
    );
    assert.deepEqual(
      series.map(({ groups }) => groups.map((one) => one['records'])),
      [
        [16, 8],
        [16, 8],
        [16, 8],
      ],
    );
    assert.equal(total['records'], 72);
    const hours = await get(plane, `usage?from=${from}&to=${from + 5 * HOUR_MS}&granularity=hour`);
    assert.deepEqual(
      hours.series.map((hour) => hour.total['records']),
      [1, 1, 1, 1, 1],
    );
  });

  test('costs are exact, in text, and say what may change', async () => {
    const { world, plane } = filledPlane();
    using _closed = world;
    const { total, groups, ...rest } = await get(plane, 'cost?by=user');
    assert.deepEqual([rest['currency'], rest['complete']], ['USD', true]);
    const amount = '119.99999988';
    assert.deepEqual(total, { charges: 360, amount, provisional: amount, final: '0.00' });
    assert.deepEqual(
      groups.map((one) => one['amount']),
      ['79.99999992', '39.99999996'],
    );
    const nothing = await get(plane, 'cost?currency=CHF');
    assert.equal(nothing.total['amount'], '0.00');
    const { movers } = (await get(
      plane,
      `cost/movers?from=${START_MS + 10 * DAY_MS}&to=${START_MS + 20 * DAY_MS}`,
    )) as unknown as {
      readonly movers: readonly { readonly change: string; readonly changePercent: string }[];
    };
    assert.ok(movers.length === 2 && movers.every(({ change }) => /^-\d+\.\d+$/.test(change)));
    assert.match(movers[0]?.changePercent ?? '', /^-\d+\.\d{4}$/);
  });

  test('the forecast says how it was made', async () => {
    const { world, plane } = filledPlane();
    using _closed = world;
    const forecast = (await get(plane, 'cost/forecast')) as unknown as Record<string, unknown>;
    assert.deepEqual([forecast['method'], forecast['soFar']], ['weekdays', '119.99999988']);
    assert.equal(forecast['provisional'], true);
    assert.ok(Number(forecast['forecast']) > 120 && Number(forecast['days']) >= 14);
    const none = (await get(
      new ControlPlane({ now: () => NOW_MS }),
      'cost/forecast',
    )) as unknown as Record<string, unknown>;
    assert.deepEqual([none['period'], none['forecast']], [null, null]);
  });

  test('files have a row for each group, and no formulas', async () => {
    const { world, plane } = filledPlane();
    using _closed = world;
    const { text, headers } = await plane.send(
      'GET',
      `/api/v1/analytics/cost/export?${whole}&by=service`,
      { as: 'billingA' },
    );
    assert.match(headers.get('content-disposition') ?? '', /cost\.csv/);
    assert.equal(
      text,
      'service,charges,amount,provisional,final,currency\r\n' +
        'svc_1,180,59.99999994,59.99999994,0.00,USD\r\n' +
        'svc_2,180,59.99999994,59.99999994,0.00,USD\r\n',
    );
    assert.equal(csvText([['=1+1', '-5', '@a', 'a"b,c', -3]]), `'=1+1,-5,'@a,"a""b,c",-3\r\n`);
  });

  test('a file has at most analyticsFileRowsMax rows', async () => {
    const { world, plane } = filledPlane();
    using _closed = world;
    const max = limits.analyticsFileRowsMax;
    const rows = async (count: number): Promise<number> => {
      world.database.exec(`DELETE FROM usage_rollup;
        WITH RECURSIVE number (n) AS
          (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${count})
        INSERT INTO usage_rollup SELECT 'ten_a', 'who', 'hour', ${START_MS}, 'u' || n, 'k', '', '',
          'ok', 1, 1, 1, 1, 1, 0, 0, '' FROM number`);
      const path = `/api/v1/analytics/usage/export?from=${START_MS}&to=${START_MS + HOUR_MS}`;
      const { text } = await plane.send('GET', path, { as: 'billingA' });
      return text.trimEnd().split('\r\n').length - 1;
    };
    assert.deepEqual([await rows(max), await rows(max + 1)], [max, max]);
  });

  test('only the operator sees tenants, and a group is who is in it', async () => {
    const { world, plane } = filledPlane();
    using _closed = world;
    problemOf(
      await plane.send('GET', '/api/v1/analytics/tenants/usage', { as: 'billingA' }),
      'forbidden',
    );
    const tenants = await get(plane, `tenants/usage?${whole}`, 'ownerA');
    assert.deepEqual(tenants.groups[0]?.group, { tenant: 'ten_a' });
    world.database.exec(`PRAGMA foreign_keys = OFF;
      INSERT INTO group_member (tenant_id, group_id, user_id) VALUES ('ten_a', 'grp_1', 'usr_b')`);
    const groups = await get(plane, `usage?${whole}&by=group`);
    assert.deepEqual(
      groups.groups.map(({ group, records }) => [group, records]),
      [
        [{ group: '' }, 240],
        [{ group: 'grp_1' }, 120],
      ],
    );
    assert.equal(groups.other, null);
    assert.equal((await get(plane, `usage?${whole}&group=grp_1`)).total['records'], 120);
  });

  test('bad questions name the field: analyticsGroupsMax and the other bounds', async () => {
    const plane = new ControlPlane({ now: () => NOW_MS });
    const users = (count: number) =>
      `user=${Array.from({ length: count }, (_, n) => `u${n}`).join()}`;
    const hours = (count: number) =>
      `granularity=hour&from=${START_MS + 12 * HOUR_MS}&to=${START_MS + (12 + count) * HOUR_MS}`;
    for (const [field, good, bad] of [
      ['top', `top=${limits.analyticsGroupsMax}`, `top=${limits.analyticsGroupsMax + 1}`],
      [
        'top',
        `by=user&granularity=day&top=${limits.analyticsSeriesMax}`,
        `by=user&granularity=day&top=${limits.analyticsSeriesMax + 1}`,
      ],
      ['user', users(limits.analyticsFilterValuesMax), users(limits.analyticsFilterValuesMax + 1)],
      ['granularity', hours(limits.analyticsHoursMax), hours(limits.analyticsHoursMax + 1)],
      ['by', 'by=user,tool', 'by=user,tool,key'],
      ['by', 'by=user', 'by=day'],
      ['timeZone', 'timeZone=Europe/Zurich', 'timeZone=Zurich'],
      ['to', 'from=1&to=2', 'from=2&to=2'],
    ] as const) {
      assert.equal((await get(plane, `usage?${good}`)).nextCursor, null);
      const { errors } = problemOf(
        await plane.send('GET', `/api/v1/analytics/usage?${bad}`, { as: 'billingA' }),
        'invalid_params',
      ) as { readonly errors?: readonly { readonly field: string }[] };
      assert.equal(errors?.[0]?.field, field, bad);
    }
  });
});
