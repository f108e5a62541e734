import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { IdSource } from '../../kernel/ids.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import { closingId, endOfTask, TaskClosings, type TaskAccount } from './task-closing.ts';

const accountOf = (workId: string): TaskAccount => ({
  workId,
  tenant: 'ten_a',
  grantId: 'key_a',
  credentialId: 'key_a',
  userId: 'usr_a',
  actor: null,
  sessionId: null,
  serviceId: 'svc_1',
  tool: 'slow',
  clientEra: 'modern',
  upstreamEra: 'modern',
  startedAtMs: 1_000,
  attributes: null,
});

function start(): { records: UsageRecord[]; closings: TaskClosings; fail: { next: boolean } } {
  const records: UsageRecord[] = [];
  const fail = { next: false };
  const usageLog = {
    append: (record: UsageRecord) => {
      if (fail.next) return Promise.reject(new Error('the disk is full'));
      records.push(record);
      return Promise.resolve();
    },
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const closings = new TaskClosings({ usageLog, nodeId: 'node_1', log: silentLog });
  return { records, closings, fail };
}

const end = { outcome: 'ok', endedAtMs: 5_000, bytesOut: 7, quantities: null } as const;

describe('the closing record of a task', () => {
  it('has the real end and the charge key of its call, and is written once', async () => {
    const { records, closings } = start();
    await closings.close(accountOf('use_1'), end);
    await closings.close(accountOf('use_1'), { ...end, outcome: 'cancelled' });
    assert.equal(records.length, 1);
    const [record] = records;
    assert.equal(record?.id, closingId('use_1', 1_000));
    assert.equal(record?.chargeKey, 'use_1');
    assert.deepEqual([record?.startedAtMs, record?.endedAtMs], [1_000, 5_000]);
    assert.deepEqual([record?.durationMs, record?.outcome, record?.bytesOut], [4_000, 'ok', 7]);
  });

  it('is written later when it could not be kept', async () => {
    const { records, closings, fail } = start();
    fail.next = true;
    await closings.close(accountOf('use_1'), end);
    fail.next = false;
    await closings.close(accountOf('use_1'), end);
    assert.equal(records.length, 1);
  });

  it('is remembered for closedTasksRememberedMax works, and has one id in any case', async () => {
    const { records, closings } = start();
    for (let number = 0; number <= limits.closedTasksRememberedMax; number++) {
      await closings.close(accountOf(`use_${number}`), end);
    }
    const before = records.length;
    await closings.close(accountOf(`use_${limits.closedTasksRememberedMax}`), end);
    assert.equal(records.length, before);
    await closings.close(accountOf('use_0'), end);
    assert.equal(records.at(-1)?.id, records[0]?.id);
  });

  it('is one for each call of a work that goes by a key', async () => {
    const { records, closings } = start();
    const first = accountOf('idem_x');
    await closings.close(first, { ...end, quantities: '{"token:input":"5"}' });
    await closings.close(first, end);
    await closings.close({ ...first, startedAtMs: 2_000 }, end);
    assert.deepEqual(
      records.map(({ chargeKey, quantities }) => [chargeKey, quantities]),
      [
        ['idem_x', '{"token:input":"5"}'],
        ['idem_x', null],
      ],
    );
    assert.match(records[1]?.id ?? '', /^use_0000000007d07[0-9a-f]{3}8[0-9a-f]{15}$/);
  });

  it('has an id of its own, of the time of its work', () => {
    const ids = new IdSource();
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.nat(), () => {
        const workId = ids.next('use');
        const id = closingId(workId, 1);
        assert.match(id, /^use_[0-9a-f]{12}7[0-9a-f]{3}8[0-9a-f]{15}$/);
        assert.equal(id.length, workId.length);
        assert.equal(id.slice(0, 16), workId.slice(0, 16));
        assert.equal(closingId(workId, 1), id);
        assert.ok(id !== workId && !seen.has(id));
        seen.add(id);
      }),
    );
  });
});

describe('what a service says of its task', () => {
  const said = (value: Parameters<typeof JsonBytes.fromValue>[0]) =>
    endOfTask(JsonBytes.fromValue(value), 1_000);

  it('is no end while the task goes on', () => {
    assert.equal(said({ status: 'working' }), undefined);
    assert.equal(said({ status: 'input_required' }), undefined);
  });

  it('is an end with its outcome', () => {
    assert.equal(said({ status: 'completed', result: { content: [] } })?.outcome, 'ok');
    const failed = { status: 'completed', result: { isError: true } };
    assert.equal(said(failed)?.outcome, 'tool_error');
    assert.equal(said({ status: 'failed', error: {} })?.outcome, 'upstream_error');
    assert.equal(said({ status: 'cancelled' })?.outcome, 'cancelled');
  });

  it('is believed about the time where it can be true', () => {
    const at = (lastUpdatedAt: string) => said({ status: 'cancelled', lastUpdatedAt })?.endedAtMs;
    assert.equal(at(new Date(2_000).toISOString()), 2_000);
    for (const odd of [new Date(10).toISOString(), '2999-01-01T00:00:00Z', 'yesterday']) {
      assert.ok(Math.abs((at(odd) ?? 0) - Date.now()) < 5_000, odd);
    }
  });
});
