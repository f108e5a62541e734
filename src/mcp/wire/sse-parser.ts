import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

/** One event of a stream; its data is never empty. */
export interface SseEvent {
  /** The event's name; `message` unless the stream gives one. */
  readonly type: string;
  /** The data lines joined by a newline, as bytes; may share memory with the chunk just written. */
  readonly data: Buffer;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const DATA = 'data:';
const NEWLINE = Buffer.from('\n');
/** What a further line of one event costs to hold, whatever its length. */
const LINE_COST_BYTES = 32;

/**
 * Reads an event stream chunk by chunk (WHATWG HTML, "Interpreting an event stream"). Data stays
 * bytes; nothing larger than the limit is ever held.
 */
export class SseParser {
  readonly #bytesMax: number;
  #line: Buffer[] = [];
  #lineBytes = 0;
  #data: Buffer[] = [];
  /** How many of them do not share memory with a chunk. */
  #ownLines = 0;
  #dataBytes = 0;
  #type = '';
  #eventId: string | undefined;
  #lastEventId: string | undefined;
  #retryMs: number | undefined;
  #isFirstLine = true;
  #skipLineFeed = false;

  /** `bytesMax` bounds one event, its current line included. */
  constructor(bytesMax: number = limits.upstreamEventBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** The id of the last complete event that had one, for `Last-Event-ID`. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** How long the server wants a reader to wait before it reconnects. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /**
   * Takes a chunk, whose memory may be used again later; returns the events it completes. Throws
   * `upstream_failed` above the bound.
   */
  write(chunk: Buffer): readonly SseEvent[] {
    const events: SseEvent[] = [];
    let start = this.#skipLineFeed && chunk[0] === LINE_FEED ? 1 : 0;
    if (chunk.length > 0) this.#skipLineFeed = false;
    let feed = chunk.indexOf(LINE_FEED, start);
    let carriage = chunk.indexOf(CARRIAGE_RETURN, start);
    while (feed !== -1 || carriage !== -1) {
      const isCarriage = carriage !== -1 && (feed === -1 || carriage < feed);
      const end = isCarriage ? carriage : feed;
      const event = this.#endLine(chunk.subarray(start, end));
      if (event !== undefined) events.push(event);
      start = end + 1;
      if (isCarriage && chunk[start] === LINE_FEED) start++;
      else if (isCarriage && start === chunk.length) this.#skipLineFeed = true;
      if (feed !== -1 && feed < start) feed = chunk.indexOf(LINE_FEED, start);
      if (carriage !== -1 && carriage < start) carriage = chunk.indexOf(CARRIAGE_RETURN, start);
    }
    if (start < chunk.length) this.#keep(Buffer.from(chunk.subarray(start)));
    for (; this.#ownLines < this.#data.length; this.#ownLines++) {
      this.#data[this.#ownLines] = Buffer.from(this.#data[this.#ownLines] as Buffer);
    }
    return events;
  }

  /**
   * What has come of the first data line of a message that is not complete yet, from its value on;
   * undefined when that is less than `bytesMin` or nothing of the kind is being read.
   */
  openData(bytesMin: number): Buffer | undefined {
    const isMessage = this.#type === '' || this.#type === 'message';
    const isFirst = this.#data.length === 0;
    if (this.#lineBytes < bytesMin || !isMessage || !isFirst) return undefined;
    const line = Buffer.concat(this.#line, this.#lineBytes);
    this.#line = [line];
    if (line.toString('latin1', 0, DATA.length) !== DATA) return undefined;
    return line.subarray(line[DATA.length] === SPACE ? DATA.length + 1 : DATA.length);
  }

  #keep(piece: Buffer): void {
    this.#lineBytes += piece.length;
    this.#checkSize();
    this.#line.push(piece);
  }

  #checkSize(): void {
    if (this.#lineBytes + this.#dataBytes <= this.#bytesMax) return;
    this.#line = [];
    this.#data = [];
    throw new GatewayError('upstream_failed', 'The service sent a larger event than is accepted.');
  }

  #endLine(last: Buffer): SseEvent | undefined {
    let line = last;
    if (this.#lineBytes > 0) {
      this.#keep(last);
      line = Buffer.concat(this.#line, this.#lineBytes);
      this.#line = [];
      this.#lineBytes = 0;
    }
    if (this.#isFirstLine) {
      this.#isFirstLine = false;
      if (line.subarray(0, 3).equals(BYTE_ORDER_MARK)) line = line.subarray(3);
    }
    if (line.length === 0) return this.#dispatch();
    this.#field(line);
    return undefined;
  }

  #field(line: Buffer): void {
    const colon = line.indexOf(COLON);
    if (colon === 0) return;
    const name = line.toString('latin1', 0, colon === -1 ? line.length : colon);
    let start = colon === -1 ? line.length : colon + 1;
    if (line[start] === SPACE) start++;
    const value = line.subarray(start);
    if (name === 'data') {
      this.#dataBytes += value.length + (this.#data.length === 0 ? 0 : LINE_COST_BYTES);
      this.#checkSize();
      this.#data.push(value);
    } else if (name === 'event') {
      this.#type = value.toString('utf8');
    } else if (name === 'id') {
      if (!value.includes(0)) this.#eventId = value.toString('utf8');
    } else if (name === 'retry') {
      const text = value.toString('latin1');
      if (/^\d{1,9}$/.test(text)) this.#retryMs = Number(text);
    }
  }

  #dispatch(): SseEvent | undefined {
    this.#lastEventId = this.#eventId ?? this.#lastEventId;
    const type = this.#type === '' ? 'message' : this.#type;
    const lines = this.#data;
    this.#type = '';
    this.#data = [];
    this.#ownLines = 0;
    this.#dataBytes = 0;
    const data = lines.length === 1 ? (lines[0] as Buffer) : joined(lines);
    return data.length === 0 ? undefined : { type, data };
  }
}

function joined(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [NEWLINE, line])));
}
