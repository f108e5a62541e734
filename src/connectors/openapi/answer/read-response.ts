import type { Json } from '../../../kernel/json.ts';
import { parseExactJson } from '../../../kernel/numbers/exact-json.ts';
import {
  essence,
  isBinaryType,
  isJsonSequenceType,
  isJsonType,
} from '../text/choose-media-type.ts';

/** What an API answered, before it becomes a tool result. */
export interface ApiResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The body, interpreted by its media type. */
export type ResponseContent =
  | { readonly kind: 'empty' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly mediaType: string; readonly bytes: Buffer };

/** Reads a body by its `Content-Type`; an absent or wrong one is inferred from the bytes. */
export function readResponse(response: ApiResponse): ResponseContent {
  const { body: bytes } = response;
  if (bytes.byteLength === 0) return { kind: 'empty' };
  const mediaType = essence(response.headers['content-type'] ?? '');
  if (isBinaryType(mediaType)) return { kind: 'binary', mediaType, bytes };
  const text = decodeText(bytes, response.headers['content-type'] ?? '');
  if (text === undefined) {
    return { kind: 'binary', mediaType: mediaType || 'application/octet-stream', bytes };
  }
  if (isJsonSequenceType(mediaType)) return sequence(text.split(/[\n\u001E]/), text);
  if (mediaType === 'text/event-stream') return sequence(eventData(text), text);
  const maybeJson = isJsonType(mediaType) || (mediaType === '' && /^\s*[[{]/.test(text));
  const value = maybeJson ? parse(text) : undefined;
  return value === undefined ? { kind: 'text', text } : { kind: 'json', value };
}

/** The text, or undefined when the bytes are none. */
function decodeText(bytes: Buffer, contentType: string): string | undefined {
  const label = /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    const text = new TextDecoder(label, { fatal: true }).decode(bytes);
    return text.includes('\u0000') ? undefined : text;
  } catch {
    return /^text\//i.test(contentType) ? bytes.toString('latin1') : undefined;
  }
}

function sequence(records: readonly string[], text: string): ResponseContent {
  const values: Json[] = [];
  for (const record of records) {
    if (record.trim() === '') continue;
    const value = parse(record);
    if (value === undefined) return { kind: 'text', text };
    values.push(value);
  }
  return { kind: 'json', value: values };
}

/** The data of each event of an event stream; data that is not JSON stays text. */
function eventData(text: string): readonly string[] {
  return text.split(/\r?\n\r?\n/).flatMap((block) => {
    const lines = block.split(/\r?\n/).filter((line) => line.startsWith('data:'));
    if (lines.length === 0) return [];
    const data = lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
    return [parse(data) === undefined ? JSON.stringify(data) : data];
  });
}

/** Numbers of more digits than a JS number holds arrive as text. */
function parse(text: string): Json | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
