import type { JsonObject } from './json.ts';
import { scanObject, type ObjectScan } from './json-scan.ts';

/**
 * A JSON object that travels as bytes and is scanned or parsed only when somebody asks.
 * Made from bytes (an upstream's answer) or from a value (the gateway's own answer).
 */
export class JsonBytes {
  #bytes: Buffer | undefined;
  #value: JsonObject | undefined;
  #scan: ObjectScan | undefined;

  private constructor(bytes: Buffer | undefined, value: JsonObject | undefined, scan?: ObjectScan) {
    this.#bytes = bytes;
    this.#value = value;
    this.#scan = scan;
  }

  /** Wraps the bytes of one JSON object; `scan` spares a second walk when it is known. */
  static fromBytes(bytes: Buffer, scan?: ObjectScan): JsonBytes {
    return new JsonBytes(bytes, undefined, scan);
  }

  /** Wraps a value; it is serialised when its bytes are first needed. */
  static fromValue(value: JsonObject): JsonBytes {
    return new JsonBytes(undefined, value);
  }

  /** The same object in memory of its own; what is known of it is kept. */
  own(): JsonBytes {
    return new JsonBytes(Buffer.from(this.bytes), this.#value, this.#scan);
  }

  /** The object's bytes, from its opening to its closing brace. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.#value));
    return this.#bytes;
  }

  /** The parsed object. Throws SyntaxError when the bytes are not JSON. */
  get value(): JsonObject {
    this.#value ??= JSON.parse(this.bytes.toString('utf8')) as JsonObject;
    return this.#value;
  }

  /** True when the object has a member of this name, found without parsing. */
  has(name: string): boolean {
    if (this.#value !== undefined) return Object.hasOwn(this.#value, name);
    return this.#members().has(name);
  }

  /** One member parsed on its own, or undefined when it is absent. */
  member(name: string): unknown {
    if (this.#value !== undefined) {
      return Object.hasOwn(this.#value, name) ? this.#value[name] : undefined;
    }
    const span = this.#members().get(name);
    if (span === undefined) return undefined;
    return JSON.parse(this.bytes.toString('utf8', span.start, span.end)) as unknown;
  }

  /** True when the member is there and written as exactly this JSON; nothing is parsed. */
  memberIs(name: string, json: string): boolean {
    const bytes = this.bytes;
    const span = this.#members().get(name);
    if (span === undefined || span.end - span.start !== json.length) return false;
    for (let at = 0; at < json.length; at++) {
      if (bytes[span.start + at] !== json.charCodeAt(at)) return false;
    }
    return true;
  }

  /** The bytes of one member's value, or undefined when it is absent. */
  memberBytes(name: string): Buffer | undefined {
    const bytes = this.bytes;
    const span = this.#members().get(name);
    return span === undefined ? undefined : bytes.subarray(span.start, span.end);
  }

  /** The same object with one more member written first; the name must be absent so far. */
  withMember(name: string, json: string): JsonBytes {
    const rest = this.bytes.subarray(this.bytes.indexOf(0x7b) + 1);
    const empty = /^\s*\}/.test(rest.toString('latin1', 0, 16));
    const head = Buffer.from(`{${JSON.stringify(name)}:${json}${empty ? '' : ','}`);
    return new JsonBytes(Buffer.concat([head, rest]), undefined);
  }

  /** The same object without the named members; the others keep their bytes. */
  withoutMembers(names: readonly string[]): JsonBytes {
    if (!names.some((name) => this.has(name))) return this;
    const bytes = this.bytes;
    const kept: string[] = [];
    for (const [name, span] of scanObject(bytes).members) {
      if (!names.includes(name)) kept.push(bytes.toString('utf8', span.nameStart, span.end));
    }
    return new JsonBytes(Buffer.from(`{${kept.join(',')}}`), undefined);
  }

  /**
   * The same object whose member `outer`, an object or absent so far, has one more member in it, in
   * place of one of that name. Only that member is looked into; all others keep their bytes.
   */
  withInnerMember(outer: string, name: string, json: string): JsonBytes {
    const bytes = this.bytes;
    const span = this.#members().get(outer);
    if (span === undefined) return this.withMember(outer, `{${JSON.stringify(name)}:${json}}`);
    const isObject = bytes[span.start] === 0x7b;
    const before = isObject ? bytes.subarray(span.start, span.end) : Buffer.from('{}');
    const inner = new JsonBytes(before, undefined).withoutMembers([name]).withMember(name, json);
    const parts = [bytes.subarray(0, span.start), inner.bytes, bytes.subarray(span.end)];
    return new JsonBytes(Buffer.concat(parts), undefined);
  }

  #members(): ObjectScan['members'] {
    this.#scan ??= scanObject(this.bytes);
    return this.#scan.members;
  }
}
