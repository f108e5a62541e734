import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cancellation } from './cancellation.ts';

describe('Cancellation', () => {
  it('tells each listener once, with the first reason', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    cancellation.onCancel((reason) => heard.push(`a ${reason}`));
    const undo = cancellation.onCancel((reason) => heard.push(`b ${reason}`));
    undo();
    cancellation.cancel('deadline');
    cancellation.cancel('client_gone');
    assert.deepEqual(heard, ['a deadline']);
    assert.equal(cancellation.reason, 'deadline');
  });

  it('tells a late listener at once', () => {
    const cancellation = new Cancellation();
    cancellation.cancel('cancelled');
    let heard: string | undefined;
    cancellation.onCancel((reason) => {
      heard = reason;
    });
    assert.equal(heard, 'cancelled');
  });

  it('has a signal that follows it, before and after', () => {
    const before = new Cancellation();
    const { signal } = before;
    before.cancel('shutdown');
    assert.equal(signal.aborted, true);
    assert.equal(signal.reason, 'shutdown');
    const after = new Cancellation();
    after.cancel('deadline');
    assert.equal(after.signal.aborted, true);
  });
});
