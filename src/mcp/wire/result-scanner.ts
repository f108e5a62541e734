const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Below this length a byte loop beats a native search. */
const SHORT_STRING_BYTES = 48;
/** Names and values that are looked at may be this long. */
const CAPTURED_BYTES_MAX = 4096;
/** Members by which a result shows that it is complete before its type was seen. */
const COMPLETE_MEMBERS: ReadonlySet<string> = new Set([
  'content',
  'contents',
  'messages',
  'structuredContent',
]);

/** What comes next in the object that is being read. */
type Expected = 'object' | 'name' | 'colon' | 'value' | 'rest of value' | 'comma' | 'blank';

/** What the value that is being read began with. */
type ValueKind = 'string' | 'container' | 'scalar';

/**
 * Reads the bytes of a JSON-RPC response in pieces of any size and finds, without parsing or
 * keeping them, the bytes of its result. Values are skipped, not validated. Throws SyntaxError on
 * bytes that cannot be a response.
 */
export class ResultScanner {
  #expected: Expected = 'object';
  /** 0 before the message, 1 in it, 2 in its result. */
  #level = 0;
  #kind: ValueKind = 'scalar';
  /** Open braces and brackets of the container that is skipped. */
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** True right after an opening brace, where an object may end at once. */
  #isFresh = false;
  #name = '';
  /** What was read of the name or value that is looked at; undefined while none is. */
  #captured: string | undefined;
  #hasResult = false;
  #looksComplete = false;
  #hasContent = false;
  readonly #values = new Map<string, string>();

  /** True when the whole message was read. */
  get isDone(): boolean {
    return this.#expected === 'blank';
  }

  /** True once the result's bytes have begun. */
  get hasResult(): boolean {
    return this.#hasResult;
  }

  /** True once a member was seen that only complete results have, or the type that says so. */
  get looksComplete(): boolean {
    return this.#looksComplete || this.resultType === 'complete';
  }

  /** True once what a result is for was seen, and not only a structured form of it. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** The message's id, once it was seen. */
  get id(): unknown {
    return this.#value('1id');
  }

  /** The result's type, once it was seen. */
  get resultType(): unknown {
    return this.#value('2resultType');
  }

  /** The result's `isError`, once it was seen. */
  get isError(): unknown {
    return this.#value('2isError');
  }

  /**
   * Takes the next bytes; returns those that belong to the result, without its closing brace,
   * or undefined when there are none.
   */
  feed(bytes: Buffer): Buffer | undefined {
    let from = this.#level === 2 ? 0 : -1;
    let until = -1;
    let at = 0;
    while (at < bytes.length) {
      const level = this.#level;
      const start = at;
      at = this.#step(bytes, at);
      if (this.#level === 2 && level === 1) from = start;
      else if (this.#level === 1 && level === 2) until = start;
    }
    if (from === -1) return undefined;
    return bytes.subarray(from, until === -1 ? bytes.length : until);
  }

  /** Reads one byte, or as many as belong together; returns where the next ones start. */
  #step(bytes: Buffer, at: number): number {
    if (this.#captured !== undefined && this.#expected !== 'rest of value') {
      return this.#readName(bytes, at);
    }
    if (this.#expected === 'rest of value') return this.#readValue(bytes, at);
    const byte = bytes[at] as number;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return at + 1;
    switch (this.#expected) {
      case 'object':
        if (byte !== OPEN_BRACE) throw new SyntaxError('expected an object');
        this.#enter();
        return at + 1;
      case 'name':
        return this.#beginName(byte, at);
      case 'colon':
        if (byte !== COLON) throw new SyntaxError('expected a colon');
        this.#expected = 'value';
        return at + 1;
      case 'value':
        return this.#beginValue(byte, at);
      case 'comma':
        if (byte === CLOSE_BRACE) this.#leave();
        else if (byte === COMMA) this.#expected = 'name';
        else throw new SyntaxError('expected a comma or the end of the object');
        return at + 1;
      default:
        throw new SyntaxError('bytes after the message');
    }
  }

  #enter(): void {
    this.#level++;
    this.#expected = 'name';
    this.#isFresh = true;
  }

  #leave(): void {
    this.#level--;
    this.#expected = this.#level === 0 ? 'blank' : 'comma';
  }

  #beginName(byte: number, at: number): number {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    if (byte === CLOSE_BRACE && isFresh) this.#leave();
    else if (byte === QUOTE) this.#captured = '';
    else throw new SyntaxError('expected a member name');
    return at + 1;
  }

  #readName(bytes: Buffer, at: number): number {
    this.#isInString = true;
    const end = this.#skipString(bytes, at);
    this.#capture(bytes, at, end);
    if (!this.#isInString) {
      this.#name = JSON.parse(`"${this.#captured}`) as string;
      this.#captured = undefined;
      this.#expected = 'colon';
    }
    return end;
  }

  #beginValue(byte: number, at: number): number {
    const name = this.#name;
    if (this.#level === 1 && name === 'result') {
      if (byte !== OPEN_BRACE || this.#hasResult) throw new SyntaxError('not one result object');
      this.#hasResult = true;
      this.#enter();
      return at + 1;
    }
    if (this.#level === 1 && (name === 'error' || name === 'method')) {
      throw new SyntaxError('a result and something else at once');
    }
    if (this.#level === 2 && COMPLETE_MEMBERS.has(name)) {
      this.#looksComplete = true;
      if (name !== 'structuredContent') this.#hasContent = true;
    }
    const key = `${this.#level}${name}`;
    if (key === '1id' || key === '2resultType' || key === '2isError') {
      if (this.#values.has(key)) throw new SyntaxError(`two members named ${name}`);
      this.#captured = '';
    }
    this.#expected = 'rest of value';
    this.#kind =
      byte === QUOTE
        ? 'string'
        : byte === OPEN_BRACE || byte === OPEN_BRACKET
          ? 'container'
          : 'scalar';
    this.#depth = 0;
    this.#isInString = false;
    return at;
  }

  #readValue(bytes: Buffer, at: number): number {
    const end = this.#kind === 'scalar' ? this.#skipScalar(bytes, at) : this.#skipNested(bytes, at);
    if (this.#captured !== undefined) this.#capture(bytes, at, end);
    if (this.#expected !== 'rest of value' && this.#captured !== undefined) {
      this.#values.set(`${this.#level}${this.#name}`, this.#captured);
      this.#captured = undefined;
    }
    return end;
  }

  #skipScalar(bytes: Buffer, offset: number): number {
    for (let at = offset; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === COMMA || byte === CLOSE_BRACE || byte <= 0x20) {
        this.#expected = 'comma';
        return at;
      }
    }
    return bytes.length;
  }

  /** A string, or an object or array with everything in it. */
  #skipNested(bytes: Buffer, offset: number): number {
    let at = offset;
    while (at < bytes.length) {
      if (this.#isInString) {
        at = this.#skipString(bytes, at);
        if (this.#isInString) return at;
        if (this.#depth === 0) break;
        continue;
      }
      const byte = bytes[at] as number;
      at++;
      if (byte === QUOTE) this.#isInString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth--;
        if (this.#depth === 0) break;
      }
    }
    if (this.#depth === 0 && !this.#isInString) this.#expected = 'comma';
    return at;
  }

  /** Stops behind the closing quote, or at the end of the bytes while still in the string. */
  #skipString(bytes: Buffer, offset: number): number {
    let at = offset;
    const shortEnd = Math.min(bytes.length, at + SHORT_STRING_BYTES);
    while (at < shortEnd) {
      const byte = bytes[at] as number;
      at++;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#isInString = false;
        return at;
      }
    }
    return at === bytes.length ? at : this.#skipLongString(bytes, at);
  }

  #skipLongString(bytes: Buffer, offset: number): number {
    let from = offset;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      from++;
    }
    for (;;) {
      const found = bytes.indexOf(QUOTE, from);
      const end = found === -1 ? bytes.length : found;
      let slashes = 0;
      while (end - 1 - slashes >= from && bytes[end - 1 - slashes] === BACKSLASH) slashes++;
      if (found === -1) {
        this.#isEscaped = slashes % 2 === 1;
        return bytes.length;
      }
      from = found + 1;
      if (slashes % 2 === 0) {
        this.#isInString = false;
        return from;
      }
    }
  }

  #capture(bytes: Buffer, from: number, end: number): void {
    this.#captured += bytes.toString('latin1', from, end);
    if ((this.#captured as string).length > CAPTURED_BYTES_MAX) {
      throw new SyntaxError('a name or value that is too long');
    }
  }

  #value(key: string): unknown {
    const text = this.#values.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  }
}
