import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  callers,
  ControlPlane,
  NOW_MS,
  problemOf,
  usageRecord,
} from '../../../../../test/support/control-plane.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';

interface Page {
  readonly records: readonly { readonly id: string; readonly serviceId: string | null }[];
  readonly nextCursor: string | null;
}

function planeWith(count: number) {
  const plane = new ControlPlane();
  plane.registry.add(callers.adminA, { slug: 'one', kind: 'x', config: {} });
  for (let number = 1; number <= count; number += 1) {
    const serviceId = number % 2 === 0 ? 'svc_2' : 'svc_1';
    plane.usage.push(usageRecord(number, { serviceId }));
  }
  plane.usage.push(usageRecord(900_000, { tenant: 'ten_b', serviceId: 'svc_b', bytesIn: 7 }));
  return plane;
}

async function page(plane: ControlPlane, query = '') {
  const came = await plane.send('GET', `/api/v1/usage${query}`, { as: 'adminA' });
  assert.equal(came.status, 200, came.text);
  return came.json as Page;
}

const numbers = ({ records }: Page) => records.map(({ id }) => Number(id.slice(4)));

describe('usage', () => {
  test('is shown record by record, the log moved into the store first', async () => {
    const plane = planeWith(1);
    const { tenant: _tenant, holds: _holds, ...record } = usageRecord(1);
    assert.deepEqual(await page(plane), { records: [record], nextCursor: null });
    assert.deepEqual(plane.calls, ['drain', 'list']);
  });

  test('is paged without gaps or repeats, newest or oldest first', async () => {
    const plane = planeWith(25);
    const newest = Array.from({ length: 25 }, (_, at) => 25 - at);
    for (const [order, expected] of [
      ['newest', newest],
      ['oldest', newest.toReversed()],
    ] as const) {
      const seen: number[] = [];
      let cursor: string | null = '';
      for (let pages = 1; cursor !== null; pages += 1) {
        assert.ok(pages <= 5);
        const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const next: Page = await page(plane, `?limit=5&order=${order}${after}`);
        assert.equal(next.records.length, 5);
        seen.push(...numbers(next));
        cursor = next.nextCursor;
      }
      assert.deepEqual(seen, expected);
    }
  });

  test('is filtered by service and time', async () => {
    const plane = planeWith(6);
    assert.deepEqual(numbers(await page(plane, '?service=one')), [5, 3, 1]);
    assert.deepEqual(numbers(await page(plane, '?service=svc_2')), [6, 4, 2]);
    const from = new Date(NOW_MS + 3).toISOString();
    assert.deepEqual(numbers(await page(plane, `?from=${from}&to=${NOW_MS + 5}`)), [4, 3]);
    const zoned = encodeURIComponent('2027-01-15T09:00:00.003+01:00');
    assert.deepEqual(numbers(await page(plane, `?from=${zoned}`)), [6, 5, 4, 3]);
  });

  test('of another tenant is never shown', async () => {
    const plane = planeWith(2);
    assert.deepEqual(numbers(await page(plane, '?service=svc_b')), []);
    assert.deepEqual(numbers(await page(plane, '?cursor=use_900001')), [2, 1]);
    const named = await plane.send('GET', '/api/v1/usage?service=nobody', { as: 'adminA' });
    problemOf(named, 'not_found');
  });

  test('is limited to apiPageRowsMax rows', async () => {
    const max = limits.apiPageRowsMax;
    const plane = planeWith(max + 1);
    const full = await page(plane, `?limit=${max}`);
    assert.equal(full.records.length, max);
    assert.notEqual(full.nextCursor, null);
    const over = await plane.send('GET', `/api/v1/usage?limit=${max + 1}`, { as: 'adminA' });
    problemOf(over, 'invalid_params');
    assert.equal((await page(plane)).records.length, 100);
  });

  test('questions that make no sense are refused by name', async () => {
    const plane = planeWith(1);
    const wrong: [string, string][] = [
      ['limit=0', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=1e2', 'limit'],
      ['limit=', 'limit'],
      ['from=yesterday', 'from'],
      ['to=2026-01-01', 'to'],
      ['from=', 'from'],
      ['service=a%20b', 'service'],
      ['service=*', 'service'],
      ['cursor=../x', 'cursor'],
      ['order=random', 'order'],
      ['tenantId=ten_b', 'tenantId'],
      ['service=one&service=two', 'service'],
    ];
    for (const [query, field] of wrong) {
      const came = await plane.send('GET', `/api/v1/usage?${query}`, { as: 'adminA' });
      const [first] = problemOf(came, 'invalid_params').errors ?? [];
      assert.equal(first?.field, field, query);
    }
    assert.deepEqual(plane.calls, []);
  });

  test('is summed up per tenant', async () => {
    const plane = planeWith(3);
    const came = await plane.send('GET', '/api/v1/usage/summary', { as: 'memberA' });
    assert.deepEqual(came.json, { records: 3, bytesIn: 30, bytesOut: 60 });
    assert.deepEqual(plane.calls, ['drain']);
  });

  test('says so when it cannot be read', async () => {
    const plane = new ControlPlane({
      drainUsage: () => Promise.reject(new GatewayError('storage_unavailable')),
    });
    for (const path of ['/api/v1/usage', '/api/v1/usage/summary']) {
      problemOf(await plane.send('GET', path, { as: 'adminA' }), 'storage_unavailable');
    }
  });
});
