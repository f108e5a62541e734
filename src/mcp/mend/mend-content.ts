import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import {
  annotations,
  icons,
  mendMembers,
  number,
  object,
  text,
  type Mender,
} from './mend-members.ts';

const common = { annotations, _meta: object };
const link = { ...common, title: text, description: text, mimeType: text, size: number, icons };

/** One block of content as every client takes it; what it cannot be is shown as text. */
export function mendBlock(value: Json): JsonObject {
  if (!isJsonObject(value)) return textBlock(value);
  switch (value['type']) {
    case 'text':
      return { ...mendMembers(value, common), text: asText(value['text']) };
    case 'image':
    case 'audio':
      if (typeof value['data'] !== 'string') break;
      return { mimeType: 'application/octet-stream', ...mendMembers(value, binary) };
    case 'resource_link': {
      const { uri, name } = value;
      if (typeof uri !== 'string') break;
      const named = typeof name === 'string' ? name : uri;
      return { ...mendMembers(value, link), name: named };
    }
    case 'resource': {
      const { resource } = value;
      if (!isJsonObject(resource)) break;
      return { ...mendMembers(value, common), resource: mendContents(resource, '') };
    }
    default:
      if (typeof value['text'] === 'string') return { ...mendBlock({ ...value, type: 'text' }) };
  }
  return textBlock(value);
}

const binary: Readonly<Record<string, Mender>> = { ...common, mimeType: text };

/** What was read of a resource: text or base64, under its URI. */
export function mendContents(value: Json, uri: string): JsonObject {
  if (!isJsonObject(value)) return { uri, text: asText(value) };
  const mended = mendMembers(value, { mimeType: text, _meta: object });
  const own = typeof mended['uri'] === 'string' ? mended : { ...mended, uri };
  if (typeof own['text'] === 'string') return own['blob'] === null ? without(own, 'blob') : own;
  if (typeof own['blob'] === 'string') return without(own, 'text');
  return { ...without(own, 'blob'), text: asText(own['text']) };
}

/** The messages of a prompt; one with several blocks becomes several. */
export function mendMessages(value: Json | undefined): readonly JsonObject[] {
  return asList(value).flatMap((message) => {
    if (!isJsonObject(message)) return [{ role: 'user', content: textBlock(message) }];
    const role = message['role'] === 'assistant' ? 'assistant' : 'user';
    return asList(message['content']).map((block) => ({
      ...message,
      role,
      content: mendBlock(block),
    }));
  });
}

/** A list where one was meant: nothing for null, one element for a single value. */
export function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function textBlock(value: Json): JsonObject {
  return { type: 'text', text: asText(value) };
}

function asText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function without(value: JsonObject, name: string): JsonObject {
  if (!(name in value)) return value;
  const { [name]: _, ...others } = value;
  return others;
}
