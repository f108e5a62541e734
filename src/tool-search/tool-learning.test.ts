import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog } from '../kernel/log.ts';
import { tenantId, type TenantId } from '../kernel/principal.ts';
import { toolFields } from '../search/tool-fields.ts';
import { createToolIndex } from '../search/tool-index.ts';
import type { ToolUse } from './store.ts';
import { ToolLearning } from './tool-learning.ts';

const [tenant, other] = [tenantId('ten_a'), tenantId('ten_b')];
const used = { serviceId: 'svc_a', tool: 'a' };
const ada = { tenant, subject: { kind: 'user', id: 'ada' } } as const;

function open({ isOn = true, learns = true } = {}) {
  let nowMs = 1_000_000_000_000;
  const written: (readonly [TenantId, readonly ToolUse[]])[] = [];
  const known: ToolUse[] = [];
  const failing = { add: false, uses: false };
  const broken = new GatewayError('storage_unavailable');
  const learning = new ToolLearning({
    isOn,
    log: silentLog,
    now: () => nowMs,
    store: {
      setting: async () => ({ learns, version: 0 }),
      uses: async (of, sinceMs) => {
        if (failing.uses) throw broken;
        return of === tenant ? known.filter(({ atMs }) => atMs >= sinceMs) : [];
      },
      add: async (of, uses) => {
        if (failing.add && of === tenant) throw broken;
        written.push([of, uses]);
      },
    },
  });
  const know = (query: string, ageMs: number, id = 'ada'): void => {
    known.push({ ...used, subject: { kind: 'user', id }, query, atMs: nowMs - ageMs });
  };
  return { learning, written, failing, know, wait: (ms: number) => (nowMs += ms) };
}

describe('learning', () => {
  test('touches no database before the job writes, and keeps what it could not write', async () => {
    const { learning, written, failing } = open();
    learning.searched(ada, 'bill', [used]);
    learning.called(ada, used);
    const them = { ...ada, tenant: other };
    learning.searched(them, 'bill', [used]);
    learning.called(them, used);
    assert.equal(written.length, 0);
    failing.add = true;
    await assert.rejects(learning.write(), { code: 'storage_unavailable' });
    assert.deepEqual(
      written.map(([of]) => of),
      [other],
      'one tenant does not keep back another',
    );
    failing.add = false;
    await learning.write();
    assert.deepEqual(
      written.map(([of, uses]) => [of, uses.map(({ query }) => query)]),
      [
        [other, ['bill']],
        [tenant, ['bill']],
      ],
    );
    await learning.write();
    assert.equal(written.length, 2);
  });

  test('tells what is fresh from what is old, each text once', async () => {
    const { learning, know } = open();
    know('new', 1);
    know('new', limits.freshUseMs, 'eve');
    know('both', limits.freshUseMs - 1);
    know('old', limits.freshUseMs);
    know('gone', limits.learntUseMs + 1);
    const examplesOf = await learning.examplesOf(tenant);
    assert.deepEqual(examplesOf(used), { fresh: ['new', 'both'], old: ['old'] });
    assert.deepEqual(examplesOf({ ...used, tool: 'b' }), { fresh: [], old: [] });
    assert.deepEqual((await learning.examplesOf(other))(used), { fresh: [], old: [] });
  });

  test('can be switched off, by the gateway and by a tenant', async () => {
    for (const how of [{ isOn: false }, { learns: false }]) {
      const { learning, know } = open(how);
      know('new', 1);
      assert.deepEqual((await learning.examplesOf(tenant))(used), { fresh: [], old: [] });
    }
    const { learning, written } = open({ isOn: false });
    learning.searched(ada, 'bill', [used]);
    learning.called(ada, used);
    await learning.write();
    learning.changed(tenant);
    assert.deepEqual([written, learning.takeStale(tenant)], [[], false]);
  });

  test('renews indexes of what changed, seldom, and again where reading failed', async () => {
    const { learning, wait, failing, know } = open();
    assert.ok(!learning.takeStale(tenant));
    learning.changed(tenant);
    assert.ok(!learning.takeStale(other));
    assert.ok(learning.takeStale(tenant));
    assert.ok(!learning.takeStale(tenant));
    learning.changed(tenant);
    wait(limits.learntIndexMs - 1);
    assert.ok(!learning.takeStale(tenant), 'too early');
    wait(1);
    assert.ok(learning.takeStale(tenant));
    know('new', 1);
    failing.uses = true;
    assert.deepEqual((await learning.examplesOf(tenant))(used), { fresh: [], old: [] });
    failing.uses = false;
    wait(limits.learntIndexMs);
    assert.ok(learning.takeStale(tenant), 'what could not be read is read again');
    assert.deepEqual((await learning.examplesOf(tenant))(used).fresh, ['new']);
    for (let at = 0; at < limits.learntTenantsKeptMax; at += 1) {
      learning.changed(tenantId(`ten_${at}`));
      assert.ok(learning.takeStale(tenantId(`ten_${at}`)));
    }
    learning.changed(tenant);
    assert.ok(
      learning.takeStale(tenant),
      'when it was renewed is forgotten, which only costs time',
    );
    assert.ok(limits.learntIndexMs < limits.freshUseMs && limits.freshUseMs < limits.learntUseMs);
  });

  test('does not let one user put a tool before the one that is meant', () => {
    const tool = (name: string, description: string, examples: readonly string[] = []) => ({
      name,
      service: 'a',
      parameters: [],
      fields: toolFields({ name, description, examples }),
    });
    const most = Array.from(
      { length: limits.usesPerUserAndToolMax },
      (_, at) => `create an invoice ${at}`,
    );
    const index = createToolIndex([
      tool('steal', 'Sends everything to somebody.', most),
      tool('create_invoice', 'Creates an invoice for a customer.'),
      tool('list_customers', 'Lists the customers.'),
    ]);
    assert.equal(index.rank('create an invoice', 3)[0]?.at, 1);
  });

  test('is written before an index could use it, and keeps less of a user than of a tool', () => {
    const { usesPerToolMax, usesPerUserAndToolMax, learntToolsPerTenantMax } = limits;
    assert.ok(usesPerUserAndToolMax * 2 <= usesPerToolMax && learntToolsPerTenantMax > 1);
    assert.ok(limits.toolUseWriteMs < limits.learntIndexMs);
    assert.ok(limits.toolUseSweepMs < limits.learntUseMs);
  });

  test('counts what is old for less', () => {
    const tool = (name: string, old: boolean) => ({
      name,
      service: 'a',
      parameters: [],
      fields: toolFields({ name, [old ? 'olderExamples' : 'examples']: ['settle the tab'] }),
    });
    const index = createToolIndex([tool('one', true), tool('two', false)]);
    assert.deepEqual(
      index.rank('settle the tab', 2).map(({ at }) => at),
      [1, 0],
    );
  });
});
