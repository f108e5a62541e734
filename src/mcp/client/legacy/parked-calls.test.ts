import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import type { LegacyCall } from './legacy-call.ts';
import { ParkedCalls, type RetryKey } from './parked-calls.ts';

const key: RetryKey = {
  callerKey: 'c',
  method: 'tools/call',
  params: { name: 'a', arguments: {} },
};
const call = { abort: () => {} } as unknown as LegacyCall;

describe('ParkedCalls', () => {
  it('keeps as many calls as allowed and not one more', () => {
    const parked = new ParkedCalls();
    const states = Array.from({ length: limits.parkedCallsPerUpstreamMax }, () =>
      parked.park(call, key),
    );
    assert.equal(new Set(states).size, limits.parkedCallsPerUpstreamMax);
    assert.throws(() => parked.park(call, key), { code: 'too_many' });
    parked.take(states[0] as string, key);
    parked.park(call, key);
    parked.clear('test');
    assert.equal(parked.size, 0);
  });

  it('compares what a retry repeats, whatever the order of its members', () => {
    const parked = new ParkedCalls();
    const params = { name: 'a', arguments: { x: 1, y: [{ p: 1, q: 2 }] } };
    const state = parked.park(call, { ...key, params });
    const retry = {
      requestState: state,
      inputResponses: {},
      _meta: { any: 1 },
      arguments: { y: [{ q: 2, p: 1 }], x: 1 },
      name: 'a',
    };
    const wrong = { ...retry, arguments: { y: [{ q: 2, p: 1 }], x: '1' } };
    assert.throws(() => parked.take(state, { ...key, params: wrong }), { rpcCode: -32602 });
    assert.equal(parked.take(state, { ...key, params: retry }), call);
    assert.throws(() => parked.take(state, { ...key, params: retry }), { rpcCode: -32602 });
  });
});
