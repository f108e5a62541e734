import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import { ConfirmedUses, type Searcher } from './confirmed-uses.ts';

const tenant = tenantId('ten_a');
const user = (id: string): Searcher => ({ tenant, subject: { kind: 'user', id } });
const [ada, eve] = [user('ada'), user('eve')];
const tool = (name: string) => ({ serviceId: 'svc_a', tool: name });

function open() {
  let nowMs = 1_000_000;
  const uses = new ConfirmedUses(() => nowMs);
  return {
    uses,
    wait: (ms: number) => (nowMs += ms),
    use(who: Searcher, query: string, name: string): boolean {
      uses.searched(who, query, [tool(name)]);
      return uses.called(who, tool(name));
    },
    taken: () => (uses.take().get(tenant) ?? []).map((use) => `${use.tool}: ${use.query}`),
  };
}

describe('confirmed uses', () => {
  test('come from a search and the call that follows it', () => {
    const { uses, wait } = open();
    uses.searched(ada, 'bill somebody', [tool('a'), tool('b')]);
    assert.ok(!uses.called(ada, tool('c')), 'it was not shown');
    assert.ok(!uses.called(ada, { serviceId: 'svc_b', tool: 'a' }), 'it is of another service');
    assert.ok(!uses.called(eve, tool('a')), 'somebody else searched');
    const elsewhere = { ...ada, tenant: tenantId('ten_b') };
    assert.ok(!uses.called(elsewhere, tool('a')), 'that was in another tenant');
    assert.ok(uses.called(ada, tool('a')));
    const use = { ...tool('a'), subject: ada.subject, query: 'bill somebody', atMs: 1_000_000 };
    assert.deepEqual(uses.take(), new Map([[tenant, [use]]]));
    assert.deepEqual(uses.take(), new Map(), 'they are taken once');
    uses.searched(ada, 'late', [tool('a')]);
    wait(limits.searchToCallMs);
    assert.ok(uses.called(ada, tool('a')));
    wait(1);
    assert.ok(!uses.called(ada, tool('a')), 'that was too long ago');
  });

  test('are of people and service accounts, and of words', () => {
    const { use } = open();
    assert.ok(!use({ tenant, subject: { kind: 'system', id: 'x' } }, 'bill', 'a'));
    assert.ok(use({ tenant, subject: { kind: 'service_account', id: 'ada' } }, 'bill', 'a'));
    assert.ok(!use(ada, '  ', 'a'));
  });

  test('are said once, however often, and given back when they could not be written', () => {
    const { uses, use, wait, taken } = open();
    use(ada, 'one', 'a');
    wait(5);
    use(ada, 'one', 'a');
    const before = uses.take().get(tenant) ?? [];
    assert.deepEqual(
      before.map(({ atMs }) => atMs),
      [1_000_005],
    );
    wait(5);
    use(ada, 'one', 'a');
    uses.giveBack(tenant, before);
    const [again, ...others] = uses.take().get(tenant) ?? [];
    assert.deepEqual([again?.atMs, others], [1_000_010, []], 'the fresher one stays');
    assert.deepEqual(taken(), []);
  });

  test('are bounded: those that wait, and the searches whose calls are waited for', () => {
    const { uses, use, taken } = open();
    for (let at = 0; at <= limits.toolUsesWrittenMax; at += 1) use(ada, `${at}`, 'a');
    assert.equal(taken().length, limits.toolUsesWrittenMax);
    assert.ok(use(ada, 'more', 'a'));
    assert.deepEqual(taken(), ['a: more'], 'there is room again');
    const long = 'x'.repeat(limits.searchQueryCharactersMax);
    use(ada, `${long}y`, 'a');
    assert.deepEqual(taken(), [`a: ${long}`]);
    uses.searched(eve, 'q', [tool('a')]);
    for (let at = 0; at < limits.rememberedSearchesMax; at += 1) {
      uses.searched(user(`user ${at}`), 'q', [tool('a')]);
    }
    assert.ok(!uses.called(eve, tool('a')), 'the longest ago is forgotten');
    assert.ok(uses.called(user('user 0'), tool('a')));
  });
});
