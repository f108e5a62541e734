/** Where one member's value stands in the bytes of an object: [start, end). */
export interface MemberSpan {
  /** Where the member's name starts. */
  readonly nameStart: number;
  readonly start: number;
  readonly end: number;
}

/** The members of one JSON object by name (the first of a duplicated name wins a lookup). */
export interface ObjectScan {
  readonly members: ReadonlyMap<string, MemberSpan>;
  /** The offset just after the object's closing brace. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** What a name's bytes must not hold to be its characters. */
const NOT_PLAIN = /[\\\u0080-\u00ff]/;
/** Names that nearly every message has: comparing bytes is cheaper than making a text of them. */
const COMMON_NAMES: readonly (string | undefined)[] = byHash(
  (
    'jsonrpc id method params result error code message data _meta resultType content ' +
    'structuredContent isError tools prompts resources resourceTemplates contents messages ' +
    'nextCursor ttlMs cacheScope'
  ).split(' '),
);
/** Below this length a byte loop beats a native search. */
const SHORT_STRING_BYTES = 48;

/** A member whose own members are wanted too: found in the same walk. */
export interface NestedScan {
  readonly name: string;
  /** Set when the member is an object; its offsets count from that object's start. */
  scan?: ObjectScan;
}

/**
 * Finds the members of the JSON object that starts at `offset`, without parsing their values.
 * Values are skipped, not validated: the caller parses what it needs. Throws SyntaxError on bytes
 * that cannot be an object.
 */
export function scanObject(bytes: Buffer, offset = 0, nested?: NestedScan): ObjectScan {
  let at = skipSpace(bytes, offset);
  if (bytes[at] !== OPEN_BRACE) throw new SyntaxError('expected an object');
  const members = new Map<string, MemberSpan>();
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACE) return { members, end: at + 1 };
  for (;;) {
    if (bytes[at] !== QUOTE) throw new SyntaxError('expected a member name');
    const nameStart = at;
    const nameEnd = skipString(bytes, at);
    const name = memberName(bytes, at, nameEnd);
    at = skipSpace(bytes, nameEnd);
    if (bytes[at] !== COLON) throw new SyntaxError('expected a colon');
    const start = skipSpace(bytes, at + 1);
    const isFirst = !members.has(name);
    let end: number;
    if (isFirst && name === nested?.name && bytes[start] === OPEN_BRACE) {
      nested.scan = scanObject(bytes.subarray(start));
      end = start + nested.scan.end;
    } else {
      end = skipValue(bytes, start);
    }
    if (isFirst) members.set(name, { nameStart, start, end });
    at = skipSpace(bytes, end);
    const next = bytes[at];
    if (next === CLOSE_BRACE) return { members, end: at + 1 };
    if (next !== COMMA) throw new SyntaxError('expected a comma or the end of the object');
    at = skipSpace(bytes, at + 1);
  }
}

function memberName(bytes: Buffer, start: number, end: number): string {
  const first = start + 1;
  const last = end - 1;
  let hash = 0;
  for (let at = first; at < last; at++) hash = hashWith(hash, bytes[at] as number);
  const common = COMMON_NAMES[hash];
  if (common !== undefined && isWritten(common, bytes, first, last)) return common;
  return readName(bytes, first, last);
}

/** A byte added to a hash of 0 to 255. */
function hashWith(hash: number, byte: number): number {
  return (hash * 31 + byte) & 255;
}

/** A name that clashes with an earlier one is left out: it is read like any other. */
function byHash(names: readonly string[]): readonly (string | undefined)[] {
  const table: (string | undefined)[] = Array.from({ length: 256 });
  for (const name of names) {
    let hash = 0;
    for (const byte of Buffer.from(name)) hash = hashWith(hash, byte);
    table[hash] ??= name;
  }
  return table;
}

/** The name between these offsets, where its quotes are not. */
function readName(bytes: Buffer, first: number, last: number): string {
  const name = bytes.toString('latin1', first, last);
  if (!NOT_PLAIN.test(name)) return name;
  return JSON.parse(bytes.toString('utf8', first - 1, last + 1)) as string;
}

/** True when the bytes are the characters of a name that was read from as many bytes. */
function isWritten(name: string, bytes: Buffer, first: number, last: number): boolean {
  if (name.length !== last - first) return false;
  for (let at = first; at < last; at++) {
    if (name.charCodeAt(at - first) !== bytes[at]) return false;
  }
  return true;
}

function skipSpace(bytes: Buffer, offset: number): number {
  let at = offset;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

function skipString(bytes: Buffer, offset: number): number {
  let at = offset + 1;
  const shortEnd = Math.min(bytes.length, at + SHORT_STRING_BYTES);
  while (at < shortEnd) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return skipLongString(bytes, offset, at);
}

function skipLongString(bytes: Buffer, start: number, offset: number): number {
  let at = offset;
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) throw new SyntaxError('unterminated string');
    let slashes = 0;
    while (quote - 1 - slashes > start && bytes[quote - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function skipValue(bytes: Buffer, offset: number): number {
  const first = bytes[offset];
  if (first === QUOTE) return skipString(bytes, offset);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(bytes, offset);
  let at = offset;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break;
  }
  if (at === offset) throw new SyntaxError('expected a value');
  return at;
}

function skipContainer(bytes: Buffer, offset: number): number {
  let depth = 0;
  let at = offset;
  const length = bytes.length;
  while (at < length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at;
    }
  }
  throw new SyntaxError('unterminated value');
}
