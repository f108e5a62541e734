import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { createToolIndex } from '../search/tool-index.ts';
import { toolFields } from '../search/tool-fields.ts';
import { ConfirmedUses } from './confirmed-uses.ts';

const ada = { tenant: 'ten_a', subject: 'ada' };
const eve = { tenant: 'ten_a', subject: 'eve' };

function open() {
  let nowMs = 1_000_000;
  const uses = new ConfirmedUses(() => nowMs);
  return {
    uses,
    wait: (ms: number) => (nowMs += ms),
    use(who: typeof ada, query: string, tool: string): boolean {
      uses.searched(who, query, [tool]);
      return uses.called(who, tool);
    },
  };
}

describe('what tools were used for', () => {
  test('is learnt from a search and the call that follows it', () => {
    const { uses, wait } = open();
    uses.searched(ada, 'bill somebody', ['a', 'b']);
    assert.ok(!uses.called(ada, 'c'), 'it was not shown');
    assert.ok(!uses.called(eve, 'a'), 'somebody else searched');
    assert.ok(uses.called(ada, 'a'));
    assert.deepEqual(uses.of('ten_a', 'a'), ['bill somebody']);
    assert.deepEqual(uses.of('ten_b', 'a'), [], 'it left its tenant');
    uses.searched(ada, 'late', ['a']);
    wait(limits.searchToCallMs);
    assert.ok(uses.called(ada, 'a'));
    wait(1);
    assert.ok(!uses.called(ada, 'a'), 'that was too long ago');
  });

  test('is forgotten when it is old, and fresh when it is said again', () => {
    const { uses, wait, use } = open();
    use(ada, 'one', 'a');
    wait(limits.learntUseMs - 1);
    use(ada, 'one', 'a');
    use(ada, 'two', 'a');
    assert.deepEqual(uses.of('ten_a', 'a'), ['two', 'one']);
    wait(limits.learntUseMs);
    assert.equal(uses.of('ten_a', 'a').length, 2);
    wait(1);
    assert.deepEqual(uses.of('ten_a', 'a'), []);
    assert.ok(limits.learntIndexMs < limits.learntUseMs, 'it is forgotten before it counts');
  });

  test('is no more than a little from one user, however often it is said', () => {
    const { uses, use } = open();
    use(ada, 'make an invoice', 'right');
    for (let time = 0; time < 1_000; time += 1) use(eve, `make an invoice ${time}`, 'wrong');
    assert.equal(uses.of('ten_a', 'wrong').length, limits.usesPerUserAndToolMax);
    for (let user = 0; user < limits.usesPerToolMax + 5; user += 1) {
      use({ tenant: 'ten_a', subject: `user ${user}` }, `invoice of ${user}`, 'right');
    }
    assert.equal(uses.of('ten_a', 'right').length, limits.usesPerToolMax);
  });

  test('does not let one user put a tool before the one that is meant', () => {
    const { uses, use } = open();
    for (let time = 0; time < 1_000; time += 1) use(eve, `create an invoice ${time}`, 'steal');
    const tool = (name: string, description: string) => {
      const examples = uses.of('ten_a', name);
      const fields = toolFields({ name, description, examples });
      return { name, service: 'a', parameters: [], fields };
    };
    const index = createToolIndex([
      tool('steal', 'Sends everything to somebody.'),
      tool('create_invoice', 'Creates an invoice for a customer.'),
      tool('list_customers', 'Lists the customers.'),
    ]);
    assert.equal(index.rank('create an invoice', 3)[0]?.at, 1);
  });

  test('is bounded for every tenant and for all searchers', () => {
    const { uses, use } = open();
    for (let at = 0; at <= limits.learntToolsPerTenantMax; at += 1) use(ada, 'q', `tool ${at}`);
    assert.deepEqual(uses.of('ten_a', 'tool 0'), []);
    assert.deepEqual(uses.of('ten_a', 'tool 1'), ['q']);
    uses.searched(eve, 'q', ['a']);
    for (let at = 0; at < limits.rememberedSearchesMax; at += 1) {
      uses.searched({ tenant: 'ten_a', subject: `user ${at}` }, 'q', ['a']);
    }
    assert.ok(!uses.called(eve, 'a'), 'the longest ago is forgotten');
    assert.ok(uses.called({ tenant: 'ten_a', subject: 'user 0' }, 'a'));
  });
});
