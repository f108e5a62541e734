import { isJsonObject, type Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { NewArtifact } from '../conversations/artifact-store.ts';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const DATA_URI = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w-]+=[^;,]{0,100})*;base64,/;

/** The bytes of a base64 text, either alphabet; undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const plain = text.replaceAll(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  return BASE64.test(plain) ? Buffer.from(plain, 'base64') : undefined;
}

/**
 * Keeps encoded bytes out of what a model reads as text: one image as text is more than most
 * windows hold. A text goes only when all of it is encoded; nothing is cut out of the middle.
 */
export class EncodedBytes {
  readonly #known = new Set<string>();

  /** Remembers what is given to the model as a file. */
  note(data: string): void {
    this.#known.add(data);
  }

  /** The file that a text is as a whole; undefined when it is none. */
  ofDataUri(text: string): NewArtifact | undefined {
    const [head, type] = DATA_URI.exec(text) ?? [];
    if (head === undefined) return undefined;
    const bytes = decodeBase64(text.slice(head.length));
    if (bytes === undefined) return undefined;
    this.note(text);
    return { bytes, mediaType: type ?? 'text/plain' };
  }

  /** A text, or what stands in its place; in the text of a JSON value its own texts. */
  withoutInText(text: string): string {
    const mark = this.#markFor(text);
    if (mark !== undefined) return mark;
    if (text.length < limits.chatEncodedCharactersMin && this.#known.size === 0) return text;
    if (!/^\s*[[{]/.test(text)) return text;
    try {
      const value = JSON.parse(text) as Json;
      const without = JSON.stringify(this.without(value));
      return without === JSON.stringify(value) ? text : without;
    } catch {
      return text;
    }
  }

  /** The value with marks in the place of encoded texts. */
  without(value: Json): Json {
    if (typeof value === 'string') return this.#markFor(value) ?? value;
    if (Array.isArray(value)) return value.map((item: Json) => this.without(item));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.without(member)]),
    );
  }

  #markFor(text: string): string | undefined {
    if (this.#known.has(text)) return '[given as a file]';
    if (DATA_URI.test(text)) return `[${text.length} characters of a data URI left out]`;
    if (text.length < limits.chatEncodedCharactersMin || !BASE64.test(text)) return undefined;
    return `[${text.length} characters of base64 left out]`;
  }
}
