import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../../kernel/limits.ts';
import { SlowReaders } from './slow-readers.ts';
import { PacedWriter, type DuplexLine, type Pace } from './paced-writer.ts';

const pace: Pace = { waitBytes: 10, cutBytes: 100, stallMs: 60 };

/** A client that reads when it is told to. */
class SlowLine implements DuplexLine {
  readonly events: string[] = [];
  readonly queue: { readonly bytes: number; readonly taken: () => void }[] = [];

  write(message: Buffer, taken: () => void): void {
    this.queue.push({ bytes: message.length, taken });
  }

  queuedBytes(): number {
    return this.queue.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  read(): void {
    this.queue.shift()?.taken();
  }

  pause(): void {
    this.events.push('pause');
  }

  resume(): void {
    this.events.push('resume');
  }

  cut(): void {
    this.events.push('cut');
  }
}

describe('a paced writer', () => {
  test('waits above clientQueueBytesMax, cuts above connectionQueueBytesMax', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const line = new SlowLine();
    const writer = new PacedWriter(line);
    assert.equal(writer.send(Buffer.alloc(limits.clientQueueBytesMax)), undefined);
    assert.ok(writer.send(Buffer.alloc(1)) instanceof Promise);
    void writer.send(Buffer.alloc(limits.connectionQueueBytesMax - line.queuedBytes()));
    assert.deepEqual(line.events, ['pause']);
    void writer.send(Buffer.alloc(1));
    assert.deepEqual(line.events, ['pause', 'cut']);
  });

  test('cuts who stays slow for clientStallMs', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const line = new SlowLine();
    const writer = new PacedWriter(line);
    void writer.send(Buffer.alloc(limits.clientQueueBytesMax + 1));
    context.mock.timers.tick(limits.clientStallMs - 1);
    assert.deepEqual(line.events, ['pause']);
    context.mock.timers.tick(1);
    assert.deepEqual(line.events, ['pause', 'cut']);
  });

  test('asks senders to wait above the limit, at it not, and stops reading meanwhile', async () => {
    const line = new SlowLine();
    const writer = new PacedWriter(line, pace);
    assert.equal(writer.send(Buffer.alloc(10)), undefined);
    const waiting = writer.send(Buffer.alloc(1));
    assert.ok(waiting instanceof Promise);
    assert.equal(writer.message('x'), waiting, 'all senders wait for the same moment');
    assert.deepEqual(line.events, ['pause']);
    line.read();
    await waiting;
    assert.deepEqual(line.events, ['pause', 'resume']);
    await sleep(pace.stallMs * 2);
    assert.deepEqual(line.events, ['pause', 'resume'], 'a client that read again is not cut');
    writer.close();
  });

  test('cuts a client that stays slow, and lets the senders go on', async () => {
    const line = new SlowLine();
    const writer = new PacedWriter(line, pace);
    await writer.send(Buffer.alloc(11));
    assert.deepEqual(line.events, ['pause', 'cut']);
    assert.equal(writer.send(Buffer.alloc(1)), undefined);
    assert.equal(line.queue.length, 1, 'nothing is written after the cut');
  });

  test('cuts at once above the hard limit, at it not', () => {
    const line = new SlowLine();
    const writer = new PacedWriter(line, pace);
    void writer.send(Buffer.alloc(100));
    assert.deepEqual(line.events, ['pause']);
    void writer.send(Buffer.alloc(1));
    assert.deepEqual(line.events, ['pause', 'cut']);
  });

  test('is one client to those who count all of them, however often it is slow', () => {
    const line = new SlowLine();
    const writer = new PacedWriter(line, { ...pace, together: new SlowReaders(50) });
    for (let time = 0; time < 6; time++) void writer.send(Buffer.alloc(8));
    assert.deepEqual(line.events, ['pause'], '48 of 50 bytes');
    void writer.send(Buffer.alloc(8));
    assert.deepEqual(line.events, ['pause', 'cut']);
  });

  test('sends nothing after it was closed, and nobody waits for it', async () => {
    const line = new SlowLine();
    const writer = new PacedWriter(line, pace);
    const waiting = writer.send(Buffer.alloc(11));
    writer.close();
    await waiting;
    line.read();
    assert.equal(writer.send(Buffer.alloc(11)), undefined);
    assert.deepEqual(line.events, ['pause']);
  });
});
