import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { RpcError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import { Seal } from '../kernel/seal.ts';
import { RequestStates, type StateBinding, type ResumedState } from './request-state.ts';
import type { TaskReference } from './task-reference.ts';
import { TaskIds } from './tasks/task-ids.ts';

const ring = [{ id: 'k1', secret: Buffer.alloc(32, 7) }];
const ALPHABET = 'ABCXYZabcxyz0123456789-_.+/= \n'.split('');

/** A text with one change somewhere in it: a character replaced, added or left out. */
const change = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'delete'),
  at: fc.nat(),
  to: fc.oneof(fc.constantFrom(...ALPHABET), fc.string({ minLength: 1, maxLength: 1 })),
});

function changed(text: string, { kind, at, to }: { kind: string; at: number; to: string }): string {
  const position = at % text.length;
  const rest = kind === 'insert' ? text.slice(position) : text.slice(position + 1);
  return `${text.slice(0, position)}${kind === 'delete' ? '' : to}${rest}`;
}

const id = fc.string({ minLength: 1, maxLength: 20 });
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonObject[string]>;
const owner = fc.record({ tenant: id.map(tenantId), grantId: id });
const resumed: fc.Arbitrary<ResumedState> = fc.record({
  workId: id,
  serviceId: id,
  kind: fc.constantFrom('request', 'task'),
  value: fc.option(fc.string(), { nil: undefined }),
});
const binding: fc.Arbitrary<StateBinding> = fc.record({
  owner,
  method: fc.constantFrom('tools/call', 'prompts/get', 'resources/read'),
  params: fc.record({ name: id, arguments: fc.dictionary(id, json, { maxKeys: 4 }) }),
});

describe('a sealed request state', () => {
  const states = new RequestStates(new Seal(ring, 'request state'));
  const isRefused = (state: string, by: StateBinding): boolean => {
    try {
      states.unwrap(state, by);
      return false;
    } catch (error) {
      assert.ok(error instanceof RpcError);
      assert.equal(error.rpcCode, -32602);
      return true;
    }
  };

  it('opens for the same request, in any order of members and with input beside them', () => {
    fc.assert(
      fc.property(binding, resumed, (by, own) => {
        const state = states.wrap(own, by);
        assert.deepEqual(states.unwrap(state, by), { ...own });
        const params = Object.fromEntries(Object.entries(by.params).toReversed());
        const retry = { ...params, inputResponses: { a: {} }, requestState: state, _meta: {} };
        assert.deepEqual(states.unwrap(state, { ...by, params: retry }), { ...own });
      }),
    );
  });

  it('opens after no change of any character', () => {
    fc.assert(
      fc.property(binding, resumed, change, (by, own, how) => {
        const state = states.wrap(own, by);
        const other = changed(state, how);
        fc.pre(other !== state);
        assert.ok(isRefused(other, by), other);
      }),
      { numRuns: 1_000 },
    );
  });

  it('opens for no other caller, method, name or argument', () => {
    fc.assert(
      fc.property(binding, binding, resumed, id, json, (by, other, own, key, value) => {
        const state = states.wrap(own, by);
        const others: readonly StateBinding[] = [
          { ...by, owner: { ...by.owner, tenant: other.owner.tenant } },
          { ...by, owner: { ...by.owner, grantId: other.owner.grantId } },
          { ...by, method: other.method },
          { ...by, params: other.params },
        ];
        for (const mixed of others) {
          const text = JSON.stringify(mixed);
          if (text !== JSON.stringify(by)) assert.ok(isRefused(state, mixed), text);
        }
        const args = by.params['arguments'] as JsonObject;
        const more = { ...by.params, arguments: { ...args, [`${key}+`]: value } };
        assert.ok(isRefused(state, { ...by, params: more }));
      }),
    );
  });

  it('opens until its time is over, and not for another purpose', () => {
    let now = 1_000;
    const timed = new RequestStates(new Seal(ring, 'request state'), () => now);
    const by = fc.sample(binding, 1)[0] as StateBinding;
    const own = { workId: 'w', serviceId: 's', kind: 'request', value: 'own' } as const;
    const state = timed.wrap(own, by);
    now += limits.parkedCallMs - 1;
    assert.deepEqual(timed.unwrap(state, by), own);
    now += 1;
    assert.throws(() => timed.unwrap(state, by));
    const others = new RequestStates(new Seal(ring, 'cursor'));
    assert.throws(() => others.unwrap(states.wrap(own, by), by));
  });
});

describe('a task id', () => {
  const ids = new TaskIds(new Seal(ring, 'task id'));
  const reference: fc.Arbitrary<TaskReference> = fc.record({
    serviceId: id,
    keeper: fc.constantFrom('upstream', 'gateway'),
    id: fc.string({ unit: 'binary', maxLength: 50 }).filter((text) => text.isWellFormed()),
    call: fc.record({
      workId: id,
      tool: id,
      startedAtMs: fc.nat(),
      attributes: fc.option(id, { nil: null }),
    }),
  });
  it('leads its owner back, is fit for a header and shows nothing', () => {
    fc.assert(
      fc.property(reference, owner, (task, by) => {
        const taskId = ids.wrap(task, by);
        assert.match(taskId, /^[\w.-]+$/);
        assert.deepEqual(ids.unwrap(taskId, by), { ...task, call: { ...task.call } });
      }),
    );
  });

  it('leads nowhere after any change, and nobody else anywhere', () => {
    fc.assert(
      fc.property(reference, owner, owner, change, (task, by, other, how) => {
        const taskId = ids.wrap(task, by);
        const forged = changed(taskId, how);
        if (forged !== taskId) assert.equal(ids.unwrap(forged, by), undefined, forged);
        if (other.tenant !== by.tenant) {
          assert.equal(ids.unwrap(taskId, { ...by, tenant: other.tenant }), undefined);
        }
        if (other.grantId !== by.grantId) {
          const shared = { ...by, grantId: other.grantId };
          assert.equal(ids.unwrap(taskId, shared), undefined);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is no longer than what it has to carry', () => {
    const by = { tenant: tenantId('t'), grantId: 'c' };
    const task = (length: number): TaskReference => {
      const tool = 'y'.repeat(limits.taskToolCharactersMax);
      const call = { workId: 'w', tool, startedAtMs: 1, attributes: null };
      return { serviceId: 's', keeper: 'upstream', id: 'x'.repeat(length), call };
    };
    assert.ok(ids.wrap(task(limits.taskIdLengthMax), by).length < limits.requestHeadBytesMax / 4);
    assert.throws(() => ids.wrap(task(limits.taskIdLengthMax + 1), by), {
      code: 'upstream_failed',
    });
  });
});
