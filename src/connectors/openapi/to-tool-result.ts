import { STATUS_CODES } from 'node:http';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { CompiledOperation } from './model.ts';
import { pickFields } from './pick-fields.ts';
import { readResponse, type ApiResponse, type ResponseContent } from './read-response.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { shortenJson } from './shorten-json.ts';

/** Bounds of one tool result. */
export interface ResultLimits {
  readonly textCharactersMax: number;
  readonly binaryBytesMax: number;
  readonly responseBytesMax: number;
}

/** The gateway's own bounds. */
export const defaultResultLimits: ResultLimits = {
  textCharactersMax: limits.toolTextCharactersMax,
  binaryBytesMax: limits.toolBinaryBytesMax,
  responseBytesMax: limits.toolResponseBytesMax,
};

/**
 * Turns an API's answer into a CallToolResult (MCP server/tools): JSON is structured content and
 * text, images and audio are media, other bytes a resource, 4xx and 5xx are tool errors that say
 * what to do. What is too large is shortened, stays valid, and says so.
 */
export function toToolResult(
  operation: CompiledOperation,
  response: ApiResponse,
  bounds: ResultLimits = defaultResultLimits,
  requestUrl?: string,
): JsonObject {
  const content = readResponse(response, bounds.responseBytesMax);
  if (response.status >= 300 && response.status !== 304) {
    return failure(operation, response, content, bounds);
  }
  const result = success(
    response,
    picked(operation, content),
    bounds,
    requestUrl ?? `urn:tool:${operation.tool.name}`,
  );
  const next = nextPage(response);
  const noted = next === undefined ? result : withText(result, next);
  // A tool with an output schema always answers with structured content.
  const owed = operation.tool.outputSchema !== undefined && !('structuredContent' in noted);
  return owed
    ? { ...noted, structuredContent: content.kind === 'text' ? content.text : null }
    : noted;
}

/** Only the configured parts of a JSON answer, when there are such. */
function picked(operation: CompiledOperation, content: ResponseContent): ResponseContent {
  const { fields } = operation.plan;
  if (fields === undefined || content.kind !== 'json') return content;
  return { kind: 'json', value: pickFields(content.value, fields) };
}

function success(
  response: ApiResponse,
  content: ResponseContent,
  bounds: ResultLimits,
  uri: string,
): JsonObject {
  switch (content.kind) {
    case 'empty':
      return {
        content: [text(`${statusLine(response.status)} (no content)${headline(response)}`)],
      };
    case 'json':
      return structured(content.value, bounds);
    case 'text':
      return { content: [text(shortText(content.text, bounds.textCharactersMax))] };
    case 'binary':
      return binary(content.mediaType, content.bytes, bounds, uri);
  }
}

function structured(value: Json, bounds: ResultLimits): JsonObject {
  const { value: kept, shortened, notes } = shortenJson(value, bounds.textCharactersMax);
  const blocks = [text(JSON.stringify(kept))];
  if (shortened) {
    blocks.push(
      text(`The answer was shortened: ${notes.join('; ')}. Ask for less, or for the next page.`),
    );
  }
  return { content: blocks, structuredContent: kept };
}

function binary(mediaType: string, bytes: Buffer, bounds: ResultLimits, uri: string): JsonObject {
  if (bytes.byteLength > bounds.binaryBytesMax) {
    const name = uri.split(/[?#]/, 1)[0]?.split('/').pop() || 'content';
    const link = { type: 'resource_link', uri, name, mimeType: mediaType, size: bytes.byteLength };
    const note = `${bytes.byteLength} bytes of ${mediaType}: too large to carry here.`;
    return { content: [/^https?:/.test(uri) ? link : text(note), text(note)].slice(-2) };
  }
  const data = bytes.toString('base64');
  const kind = mediaType.split('/', 1)[0];
  if ((kind === 'image' && !mediaType.includes('svg')) || kind === 'audio') {
    return { content: [{ type: kind, data, mimeType: mediaType }] };
  }
  return { content: [{ type: 'resource', resource: { uri, mimeType: mediaType, blob: data } }] };
}

function failure(
  operation: CompiledOperation,
  response: ApiResponse,
  content: ResponseContent,
  bounds: ResultLimits,
): JsonObject {
  const lines = [statusLine(response.status), ...advice(operation, response)];
  const problem = content.kind === 'json' ? problemText(content.value) : undefined;
  if (problem !== undefined) lines.splice(1, 0, problem);
  const small = { ...bounds, textCharactersMax: Math.min(bounds.textCharactersMax, 20_000) };
  const blocks: Json[] = [text(lines.join('\n'))];
  const detail: { [key: string]: Json } = { status: response.status };
  if (content.kind === 'json') {
    const { value } = shortenJson(content.value, small.textCharactersMax);
    blocks.push(text(JSON.stringify(value)));
    detail['body'] = value;
  } else if (content.kind === 'text') {
    blocks.push(text(shortText(content.text, small.textCharactersMax)));
  }
  const seconds = retryAfterSeconds(response.headers);
  if (seconds !== undefined) detail['retryAfterSeconds'] = seconds;
  // An error owes nothing to the output schema, so structure is left out when there is one.
  const owed = operation.tool.outputSchema !== undefined;
  return { content: blocks, ...(owed ? {} : { structuredContent: detail }), isError: true };
}

/** The words of an error body: RFC 9457 fields first, then what APIs commonly use. */
function problemText(value: Json): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const inner = isJsonObject(value['error']) ? value['error'] : value;
  const words = ['title', 'detail', 'message', 'error_description', 'error', 'code']
    .map((key) => inner[key])
    .flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : []));
  return words.length === 0 ? undefined : [...new Set(words)].join(': ').slice(0, 1_000);
}

function advice(operation: CompiledOperation, response: ApiResponse): readonly string[] {
  const { status } = response;
  if (status === 401 || status === 403) {
    const schemes = operation.plan.security.flat().map(({ scheme }) => scheme);
    const named = [...new Set(schemes)].slice(0, 5).join(', ');
    return named === '' ? [] : [`This operation needs credentials: ${named}.`];
  }
  const seconds = retryAfterSeconds(response.headers);
  if (seconds !== undefined) return [`Try again in ${seconds} seconds.`];
  const location = response.headers['location'];
  if (status < 400 && location !== undefined) {
    return [`Redirects are not followed; the API pointed to ${location.slice(0, 500)}`];
  }
  return [];
}

/** `Link: <…>; rel="next"` (RFC 8288): what to ask for next. */
function nextPage(response: ApiResponse): string | undefined {
  const link = response.headers['link'];
  if (link === undefined || link.length > 8192) return undefined;
  for (const part of link.split(/,(?=\s*<)/)) {
    const target = /<([^<>]*)>([^<>]*)/.exec(part);
    if (target !== null && /;\s*rel="?[^";]*\bnext\b/i.test(target[2] ?? '')) {
      const query = (target[1] ?? '').split('?')[1];
      return query === undefined ? undefined : `There is a next page: ${query.slice(0, 500)}`;
    }
  }
  return undefined;
}

function headline(response: ApiResponse): string {
  const location = response.headers['location'];
  return location === undefined ? '' : ` Location: ${location.slice(0, 500)}`;
}

const statusLine = (status: number): string =>
  `HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trim();

const text = (content: string): JsonObject => ({ type: 'text', text: content });

function withText(result: JsonObject, note: string): JsonObject {
  const blocks = Array.isArray(result['content']) ? (result['content'] as readonly Json[]) : [];
  return { ...result, content: [...blocks, text(note)] };
}

function shortText(content: string, charactersMax: number): string {
  if (content.length <= charactersMax) return content;
  const kept = content.slice(0, charactersMax).toWellFormed();
  return `${kept}\n… (shortened: ${charactersMax} of ${content.length} characters)`;
}
