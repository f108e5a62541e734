import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, NOW_MS, problemOf } from '../../../../../test/support/control-plane.ts';
import { memoryAuditStore } from '../../../../../test/support/memory-audit-store.ts';
import { chainOnto, emptyChain, type AuditEvent } from '../../../../audit/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';

interface Page {
  readonly events: readonly { readonly seq: number; readonly hash: string }[];
  readonly nextCursor: string | null;
}

const eventOf = (number: number, tenant = 'ten_a'): AuditEvent => ({
  id: `aud_${tenant}_${number}`,
  tenant: tenantId(tenant),
  atMs: NOW_MS + number,
  nodeId: 'node-1',
  kind: number % 2 === 0 ? 'control' : 'refusal',
  action: number % 2 === 0 ? 'updateService' : 'tools/call',
  outcome: 'ok',
  subject: `user:usr_${number % 3}`,
  actor: null,
  grantId: 'key_1',
  credentialId: 'key_1',
  target: 'orders',
  rule: null,
  detail: {},
});

function planeWith(count: number): ControlPlane {
  const plane = new ControlPlane();
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  plane.chain.push(
    ...chainOnto(
      emptyChain,
      numbers.map((number) => eventOf(number)),
    ),
    ...chainOnto(emptyChain, [eventOf(900, 'ten_b')]),
  );
  return plane;
}

async function page(plane: ControlPlane, query = ''): Promise<Page> {
  const came = await plane.send('GET', `/api/v1/audit${query}`, { as: 'adminA' });
  assert.equal(came.status, 200, came.text);
  return came.json as Page;
}

const seqs = ({ events }: Page): number[] => events.map(({ seq }) => seq);

describe('the audit log', () => {
  test('is shown as it is kept, after what waits was written', async () => {
    const plane = planeWith(1);
    const { tenant: _tenant, ...event } = plane.chain[0] ?? assert.fail();
    assert.deepEqual(await page(plane), { events: [event], nextCursor: null });
    assert.deepEqual(plane.calls, ['drain', 'flush']);
  });

  test('is paged without gaps, newest or oldest first', async () => {
    const plane = planeWith(7);
    for (const [order, expected] of [
      ['newest', [7, 6, 5, 4, 3, 2, 1]],
      ['oldest', [1, 2, 3, 4, 5, 6, 7]],
    ] as const) {
      const seen: number[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const next: Page = await page(plane, `?limit=3&order=${order}${after}`);
        seen.push(...seqs(next));
        cursor = next.nextCursor;
      }
      assert.deepEqual(seen, expected);
    }
  });

  test('is filtered by kind, action, subject and time', async () => {
    const plane = planeWith(6);
    assert.deepEqual(seqs(await page(plane, '?kind=control')), [6, 4, 2]);
    assert.deepEqual(seqs(await page(plane, '?action=tools%2Fcall')), [5, 3, 1]);
    assert.deepEqual(seqs(await page(plane, '?subject=user:usr_0')), [6, 3]);
    assert.deepEqual(seqs(await page(plane, `?from=${NOW_MS + 3}&to=${NOW_MS + 5}`)), [4, 3]);
  });

  test('refuses what is no query', async () => {
    const plane = planeWith(1);
    const max = limits.auditTextCharactersMax;
    assert.deepEqual(seqs(await page(plane, `?action=${'a'.repeat(max)}`)), []);
    for (const query of [
      'cursor=0',
      'kind=other',
      'order=up',
      'from=now',
      `action=${'a'.repeat(max + 1)}`,
    ]) {
      problemOf(
        await plane.send('GET', `/api/v1/audit?${query}`, { as: 'adminA' }),
        'invalid_params',
      );
    }
  });

  test('is exported whole, a line an event, however long', async () => {
    const plane = planeWith(limits.auditPageMax + 1);
    const came = await plane.send('GET', '/api/v1/audit/export', { as: 'adminA' });
    assert.match(came.headers.get('content-disposition') ?? '', /^attachment/);
    const lines = came.text.trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as { seq: number; tenant?: string });
    assert.deepEqual(
      events.map(({ seq }) => seq),
      plane.chain.slice(0, -1).map(({ seq }) => seq),
    );
    assert.ok(events.every(({ tenant }) => tenant === undefined));
  });

  test('is checked, and what was changed in it is named', async () => {
    const plane = planeWith(3);
    const verify = async () =>
      (await plane.send('GET', '/api/v1/audit/verification', { as: 'adminA' })).json;
    const head = plane.chain[2]?.hash;
    assert.deepEqual(await verify(), { events: 3, calls: 0, head, faults: [] });
    plane.chain[1] = { ...(plane.chain[1] ?? assert.fail()), outcome: 'failed' };
    const faults = [{ seq: 2, text: 'The event was changed.' }];
    assert.deepEqual(await verify(), { events: 3, calls: 0, head, faults });
  });

  test('is checked once at a time for a tenant', async () => {
    const gate = Promise.withResolvers<void>();
    const auditStore = {
      ...memoryAuditStore([]),
      cut: async () => {
        await gate.promise;
        return emptyChain;
      },
    };
    const plane = new ControlPlane({ auditStore });
    const verify = () => plane.send('GET', '/api/v1/audit/verification', { as: 'adminA' });
    const first = verify();
    problemOf(await verify(), 'too_many');
    gate.resolve();
    assert.equal((await first).status, 200);
    assert.equal((await verify()).status, 200);
  });
});
