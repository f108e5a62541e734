import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../kernel/limits.ts';
import { frameBytesMax, readFrames, writeFrame } from './frame.ts';

const scratch = Buffer.alloc(frameBytesMax);

function frameOf(text: string): Buffer {
  return Buffer.from(scratch.subarray(0, writeFrame(text, scratch)));
}

const read = (bytes: Buffer, final = true) => {
  const { payloads, ...rest } = readFrames(bytes, final);
  return { ...rest, texts: payloads.map((payload) => payload.toString('utf8')) };
};

const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), {
  minLength: 1,
  maxLength: 8,
});

const zeroTail = fc.nat({ max: 100 }).map((bytes) => Buffer.alloc(bytes));

test('what was written is read, and the zeros behind it are not damage', () => {
  fc.assert(
    fc.property(texts, zeroTail, (written, tail) => {
      // UTF-8 has no lone surrogates; neither have the lines of the log.
      const wellFormed = written.map((text) => text.toWellFormed());
      const bytes = Buffer.concat([...wellFormed.map(frameOf), tail]);
      const { texts: found, consumed, damagedBytes } = read(bytes);
      assert.deepEqual(found, wellFormed);
      assert.deepEqual([consumed, damagedBytes], [bytes.length, 0]);
    }),
  );
});

test('a log cut off anywhere yields its first frames and nothing else', () => {
  fc.assert(
    fc.property(texts, fc.nat(), zeroTail, (written, cutAt, tail) => {
      const frames = written.map((text) => frameOf(text.toWellFormed()));
      const whole = Buffer.concat(frames);
      const cut = cutAt % whole.length;
      let [kept, keptBytes] = [0, 0];
      while (keptBytes + (frames[kept]?.length ?? Infinity) <= cut) {
        keptBytes += frames[kept]?.length ?? 0;
        kept++;
      }
      const { texts: found, damagedInside } = read(Buffer.concat([whole.subarray(0, cut), tail]));
      assert.deepEqual(
        found,
        written.slice(0, kept).map((text) => text.toWellFormed()),
      );
      assert.equal(damagedInside, false);
    }),
  );
});

test('a flipped byte costs its own frame and no other, and is never read', () => {
  const flips = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(texts, fc.nat(), flips, (written, at, flip) => {
      const frames = written.map((text) => frameOf(text.toWellFormed()));
      const bytes = Buffer.concat(frames);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] as number) ^ flip;
      let [hit, end] = [0, frames[0]?.length ?? 0];
      while (end <= place) end += frames[++hit]?.length ?? 0;
      const { texts: found, damagedBytes, damagedInside } = read(bytes);
      assert.deepEqual(
        found,
        written.toSpliced(hit, 1).map((text) => text.toWellFormed()),
      );
      assert.equal(damagedBytes, frames[hit]?.length);
      assert.equal(damagedInside, hit < written.length - 1);
    }),
  );
});

test('noise is never read as a frame', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      assert.deepEqual(read(Buffer.from(noise)).texts, []);
    }),
  );
});

test('a log read in stretches reads like a log read at once', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 100, max: 400 }), fc.nat(), (written, stretch, at) => {
      const bytes = Buffer.concat(written.map((text) => frameOf(text.toWellFormed())));
      const place = at % bytes.length;
      bytes[place] = (bytes[place] as number) ^ (at & 1);
      const found: string[] = [];
      let from = 0;
      for (let size = stretch; from < bytes.length;) {
        const part = bytes.subarray(from, from + size);
        const { texts: some, consumed } = read(part, from + part.length === bytes.length);
        found.push(...some);
        from += consumed;
        // A stretch always holds the largest frame; here a frame may be larger than it.
        size = consumed === 0 ? size * 2 : stretch;
      }
      assert.deepEqual(found, read(bytes).texts);
    }),
  );
});

test('a full group of the widest characters fits into a frame', () => {
  const widest = '\u{ffff}'.repeat(limits.usageGroupCharactersMax);
  assert.equal(writeFrame(widest, scratch), frameBytesMax);
  assert.deepEqual(read(scratch).texts, [widest]);
  assert.ok(frameBytesMax <= limits.usageDrainBytes);
});
