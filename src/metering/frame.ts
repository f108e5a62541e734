import { crc32 } from 'node:zlib';
import { limits } from '../kernel/limits.ts';

// A frame is what one write put into the log: mark, length, checksum, then that many bytes of
// NDJSON. The mark holds bytes that UTF-8 never has, so behind damage the next frame can be found.
const MARK = Buffer.from([0xff, 0x75, 0x73, 0xfe]);
const MARK_NUMBER = MARK.readUInt32LE(0);
const LENGTH_AT = 4;
const CHECKSUM_AT = 8;
const HEAD_BYTES = 12;
const UTF8_BYTES_PER_CHARACTER_MAX = 3;
const ZEROS = Buffer.alloc(64 * 1024);

/** The largest frame: a full group of characters that take three bytes each. */
export const frameBytesMax =
  HEAD_BYTES + limits.usageGroupCharactersMax * UTF8_BYTES_PER_CHARACTER_MAX;

/** What a stretch of the log holds. */
export interface FramesRead {
  /** The whole frames' contents, in order. */
  readonly payloads: readonly Buffer[];
  /** How many bytes are dealt with; the rest is the beginning of a frame. */
  readonly consumed: number;
  /** Bytes that are neither a whole frame nor never written. */
  readonly damagedBytes: number;
  /** True when whole frames stand behind damage: then it is not a write that was cut short. */
  readonly damagedInside: boolean;
}

/** Writes the frame of a text into the buffer and returns the frame's length. */
export function writeFrame(text: string, into: Buffer): number {
  const length = into.write(text, HEAD_BYTES, 'utf8');
  into.writeUInt32LE(MARK_NUMBER, 0);
  into.writeUInt32LE(length, LENGTH_AT);
  into.writeUInt32LE(checksum(into, length), CHECKSUM_AT);
  return HEAD_BYTES + length;
}

/**
 * Reads the frames in the bytes. `final` says that nothing comes after them; otherwise a frame
 * that is only begun is left for the next stretch.
 */
export function readFrames(bytes: Buffer, final: boolean): FramesRead {
  const payloads: Buffer[] = [];
  let damagedBytes = 0;
  let damagedInside = false;
  let at = 0;
  while (at < bytes.length) {
    const found = findFrame(bytes, at);
    if (found === 'begun' && !final) break;
    if (typeof found === 'number') {
      payloads.push(bytes.subarray(at + HEAD_BYTES, found));
      damagedInside ||= damagedBytes > 0;
      at = found;
      continue;
    }
    const stop = nextMark(bytes, at + 1, final);
    if (!isZero(bytes.subarray(at, stop))) damagedBytes += stop - at;
    at = stop;
  }
  return { payloads, consumed: at, damagedBytes, damagedInside };
}

/** Where the frame at this place ends, or that it is only begun, or that none is here. */
function findFrame(bytes: Buffer, at: number): number | 'begun' | 'none' {
  const mark = bytes.subarray(at, at + MARK.length);
  if (!mark.equals(MARK.subarray(0, mark.length))) return 'none';
  if (at + HEAD_BYTES > bytes.length) return 'begun';
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  if (length > frameBytesMax - HEAD_BYTES) return 'none';
  const end = at + HEAD_BYTES + length;
  if (end > bytes.length) return 'begun';
  const frame = bytes.subarray(at, end);
  return checksum(frame, length) === frame.readUInt32LE(CHECKSUM_AT) ? end : 'none';
}

function nextMark(bytes: Buffer, from: number, final: boolean): number {
  const next = bytes.indexOf(MARK, from);
  if (next !== -1) return next;
  // The last bytes of a stretch may be the first ones of a mark.
  return final ? bytes.length : Math.max(from, bytes.length - MARK.length + 1);
}

/** The checksum covers the length too, so a changed length cannot pass. */
function checksum(frame: Buffer, length: number): number {
  const ofLength = crc32(frame.subarray(LENGTH_AT, CHECKSUM_AT));
  return crc32(frame.subarray(HEAD_BYTES, HEAD_BYTES + length), ofLength);
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (!part.equals(ZEROS.subarray(0, part.length))) return false;
  }
  return true;
}
