import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../kernel/limits.ts';
import { SseParser, type SseEvent } from './sse-parser.ts';

interface Read {
  readonly events: readonly { readonly type: string; readonly data: string }[];
  readonly lastEventId: string | undefined;
  readonly retryMs: number | undefined;
}

/** Reads a stream cut at these places. */
function read(bytes: Buffer, cuts: readonly number[] = []): Read {
  const parser = new SseParser();
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  const sorted = places.toSorted((a, b) => a - b);
  const shown: { type: string; data: string }[] = [];
  const show = ({ type, data }: SseEvent): { type: string; data: string } => ({
    type,
    data: data.toString('utf8'),
  });
  for (let index = 1; index < sorted.length; index++) {
    const chunk = Buffer.from(bytes.subarray(sorted[index - 1], sorted[index]));
    shown.push(...parser.write(chunk).map(show));
    // The memory of a chunk is only lent.
    chunk.fill('?');
  }
  return { events: shown, lastEventId: parser.lastEventId, retryMs: parser.retryMs };
}

const message = (data: string): { type: string; data: string } => ({ type: 'message', data });

describe('SseParser', () => {
  it('reads events however lines end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = `data: a${end}${end}: note${end}event: x${end}data:b${end}data: c${end}${end}`;
      const { events } = read(Buffer.from(text));
      assert.deepEqual(events, [message('a'), { type: 'x', data: 'b\nc' }]);
    }
  });

  it('knows ids, retry times, empty events and what never ended', () => {
    const text = 'id: 1\ndata:\n\nretry: 1500\nretry: x\nid: 2\ndata: a\n\nid: 3\ndata: lost\n';
    const seen = read(Buffer.from(`\ufeff${text}`));
    assert.deepEqual(seen, { events: [message('a')], lastEventId: '2', retryMs: 1500 });
  });

  it('strips one space only, ignores unknown fields and ids with NUL', () => {
    const seen = read(Buffer.from('data:  a\nfoo: b\nid: x\0\ndata\n\n'));
    assert.deepEqual(seen, {
      events: [message(' a\n')],
      lastEventId: undefined,
      retryMs: undefined,
    });
  });

  it('reads the same however the stream is cut', () => {
    const piece = fc.constantFrom(
      'data',
      ':',
      ' ',
      '\n',
      '\r',
      '\r\n',
      'id',
      'event',
      'é→😀',
      'x',
      '\ufeff',
    );
    const streams = fc.array(piece, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')));
    const property = fc.property(streams, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
      assert.deepEqual(read(bytes, cuts), read(bytes));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('gives back any texts that were written as events', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 8 });
    const property = fc.property(texts, fc.array(fc.nat(), { maxLength: 20 }), (lines, cuts) => {
      const plain = lines.map((line) => JSON.stringify(line));
      const stream = plain.map((line) => `data: ${line}\n\n`).join('');
      assert.deepEqual(read(Buffer.from(stream), cuts).events, plain.map(message));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('accepts an event of exactly the limit and not one byte more', () => {
    const most = limits.upstreamEventBytesMax;
    const parser = new SseParser(100);
    assert.equal(parser.write(Buffer.from(`data:${'x'.repeat(95)}`)).length, 0);
    assert.equal(parser.write(Buffer.from('\n\n')).length, 1);
    parser.write(Buffer.from(`data:${'x'.repeat(95)}`));
    assert.throws(() => parser.write(Buffer.from('x')), { code: 'upstream_failed' });
    const many = new SseParser(100);
    const lines = Buffer.from('data: 12345678\n');
    for (let count = 0; count < 3; count++) many.write(lines);
    assert.throws(() => many.write(lines), { code: 'upstream_failed' });
    assert.throws(() => new SseParser().write(Buffer.alloc(most + 1, 0x78)), {
      code: 'upstream_failed',
    });
  });

  it('holds nothing of comments that never end an event', () => {
    const parser = new SseParser(100);
    for (let count = 0; count < 1_000; count++) parser.write(Buffer.from(': keep alive\n'));
    assert.equal(parser.write(Buffer.from('data: a\n\n')).length, 1);
  });
});
