import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withSoundTrace } from './trace-context.ts';

const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('withSoundTrace', () => {
  it('leaves what is sound as it is', () => {
    for (const meta of [
      {},
      { custom: { deep: 1 } },
      { traceparent: parent },
      { traceparent: parent, tracestate: 'vendor=a b,tenant@system=x', baggage: 'k=v;p' },
      {
        traceparent: parent,
        tracestate: Array.from({ length: 32 }, (_, at) => `k${at}=v`).join(','),
      },
    ]) {
      assert.equal(withSoundTrace(meta), meta);
    }
  });

  it('drops a parent that is none, and with it the state', () => {
    for (const traceparent of [
      '',
      'x\r\ny: z',
      parent.toUpperCase(),
      `ff${parent.slice(2)}`,
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
      `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`,
      `${parent}-x`,
      7,
      null,
      ['x'],
      'a'.repeat(1_000_000),
    ]) {
      const meta = { traceparent, tracestate: 'a=1', kept: 1 };
      assert.deepEqual(withSoundTrace(meta), { kept: 1 });
    }
  });

  it('drops a state or baggage that is none, and nothing else', () => {
    for (const tracestate of [
      'no-equals',
      'a=1\r\nb: 2',
      '=x',
      'A=1',
      'a=1=2',
      'a='.padEnd(513, 'x'),
      Array.from({ length: 33 }, (_, at) => `k${at}=v`).join(','),
      {},
    ]) {
      const meta = { traceparent: parent, tracestate, baggage: 'a=1' };
      assert.deepEqual(withSoundTrace(meta), { traceparent: parent, baggage: 'a=1' });
    }
    for (const baggage of ['a=1\r\nb', 'ä=1', 'x'.repeat(8_193), 5]) {
      assert.deepEqual(withSoundTrace({ traceparent: parent, baggage }), { traceparent: parent });
    }
  });
});
