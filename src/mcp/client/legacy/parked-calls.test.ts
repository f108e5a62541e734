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

const named = (n: number, given: number[]): LegacyCall =>
  ({ abort: () => given.push(n) }) as unknown as LegacyCall;

describe('ParkedCalls', () => {
  it('gives up the oldest of a caller who has as many as one may, and nobody else', () => {
    const parked = new ParkedCalls();
    const given: number[] = [];
    const most = limits.parkedCallsPerCallerMax;
    const theirs = parked.park(call, { ...key, callerKey: 'other' });
    const states = Array.from({ length: most }, (_, n) => parked.park(named(n, given), key));
    assert.deepEqual(given, []);
    states.push(parked.park(named(most, given), key));
    assert.deepEqual(given, [0]);
    assert.equal(parked.size, most + 1);
    assert.throws(() => parked.take(states[0] as string, key), { rpcCode: -32602 });
    assert.ok(parked.take(states[most] as string, key));
    assert.equal(parked.take(theirs, { ...key, callerKey: 'other' }), call);
    parked.clear('test');
    assert.equal(parked.size, 0);
  });

  it('gives up the oldest of whoever has most when the service has as many as it may', () => {
    const parked = new ParkedCalls();
    const given: number[] = [];
    parked.park(named(-1, given), { ...key, callerKey: 'first' });
    const most = limits.parkedCallsPerCallerMax;
    for (let n = 0; parked.size < limits.parkedCallsPerUpstreamMax; n++) {
      parked.park(named(n, given), { ...key, callerKey: `c${Math.floor(n / most)}` });
    }
    assert.deepEqual(given, []);
    parked.park(call, { ...key, callerKey: 'late' });
    assert.deepEqual(given, [0]);
    assert.equal(parked.size, limits.parkedCallsPerUpstreamMax);
    parked.clear('test');
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
