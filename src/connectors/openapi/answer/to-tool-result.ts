import { STATUS_CODES } from 'node:http';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { withAnswerHeaders } from './answer-headers.ts';
import type { LongAnswer } from './held-answers.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';
import { nextPage, type NextPage } from './next-page.ts';
import { pickFields } from './pick-fields.ts';
import { readResponse, type ApiResponse, type ResponseContent } from './read-response.ts';
import { retryAfterSeconds } from '../../../kernel/http/retry-after.ts';
import { shortenJson, wholeCharacters } from './shorten-json.ts';

/** Bounds of one tool result. */
export interface ResultLimits {
  readonly textCharactersMax: number;
  readonly binaryBytesMax: number;
  readonly responseBytesMax: number;
}

/** How the rest of a shortened answer is read. */
export interface RestHint {
  readonly cursor: string;
  /** For the model: what to call. */
  readonly advice: string;
}

/** Keeps an answer that is too long; undefined when it cannot. */
export type KeepRest = (answer: LongAnswer) => RestHint | undefined;

/** The gateway's own bounds. */
export const defaultResultLimits: ResultLimits = {
  textCharactersMax: limits.toolTextCharactersMax,
  binaryBytesMax: limits.toolBinaryBytesMax,
  responseBytesMax: limits.toolResponseBytesMax,
};

/**
 * Turns an API's answer into a CallToolResult (MCP server/tools): JSON is structured content and
 * text, images and audio are media, other bytes a resource, 4xx and 5xx are tool errors that say
 * what to do. What is too large is shortened, stays valid, and says so and how to read on.
 */
export function toToolResult(
  operation: CompiledOperation,
  response: ApiResponse,
  bounds: ResultLimits = defaultResultLimits,
  requestUrl?: string,
  keepRest?: KeepRest,
): JsonObject {
  const content = readResponse(response);
  if (isFailure(response)) {
    return failure(operation, response, content, bounds);
  }
  const result = success(
    response,
    picked(operation, content),
    bounds,
    requestUrl ?? `urn:tool:${operation.tool.name}`,
    keepRest,
  );
  const next = nextPage(operation, response, content.kind === 'json' ? content.value : undefined);
  const noted = next === undefined ? result : withNext(result, next);
  // A tool with an output schema always answers with structured content.
  const owed = operation.tool.outputSchema !== undefined && !('structuredContent' in noted);
  const whole = owed
    ? { ...noted, structuredContent: content.kind === 'text' ? content.text : null }
    : noted;
  return withAnswerHeaders(whole, operation.plan, response.headers, content.kind === 'empty');
}

/** An answer as a value for further steps, or why there is none. */
export function answerValue(
  operation: CompiledOperation,
  response: ApiResponse,
): { readonly value: Json; readonly bytes: number } | { readonly failure: string } {
  const whole = readResponse(response);
  if (isFailure(response)) {
    return { failure: failureLines(operation, response, whole).join('\n') };
  }
  const value = valueOf(picked(operation, whole));
  return { value, bytes: response.body.byteLength };
}

function valueOf(content: ResponseContent): Json {
  switch (content.kind) {
    case 'empty':
      return null;
    case 'json':
      return content.value;
    case 'text':
      return content.text;
    case 'binary':
      return content.bytes.toString('base64');
  }
}

const isFailure = ({ status }: ApiResponse): boolean => status >= 300 && status !== 304;

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
  keepRest: KeepRest | undefined,
): JsonObject {
  switch (content.kind) {
    case 'empty':
      return {
        content: [text(`${statusLine(response.status)} (no content)${headline(response)}`)],
      };
    case 'json':
      return jsonResult(content.value, bounds.textCharactersMax, keepRest);
    case 'text':
      return textAnswer(content.text, bounds.textCharactersMax, keepRest);
    case 'binary':
      return binary(content.mediaType, content.bytes, bounds, uri);
  }
}

/** A JSON answer as structured content and text, within a budget; the rest is kept. */
export function jsonResult(value: Json, charactersMax: number, keepRest?: KeepRest): JsonObject {
  const { value: kept, shortened, notes, whole } = shortenJson(value, charactersMax);
  const blocks = [text(JSON.stringify(kept))];
  if (!shortened) return { content: blocks, structuredContent: kept };
  const hint = keepRest?.({ text: whole ?? '', json: true, charactersMax });
  const advice = hint?.advice ?? 'Ask for less, or for the next page.';
  blocks.push(text(`The answer was shortened: ${notes.join('; ')}. ${advice}`));
  return { content: blocks, structuredContent: kept, ...restMeta(hint?.cursor) };
}

/** A text answer within a budget; the rest is kept. */
export function textAnswer(whole: string, charactersMax: number, keepRest?: KeepRest): JsonObject {
  const shown = text(shortText(whole, charactersMax));
  if (whole.length <= charactersMax) return { content: [shown] };
  const hint = keepRest?.({ text: whole, json: false, charactersMax });
  const more = hint === undefined ? [] : [text(hint.advice)];
  return { content: [shown, ...more], ...restMeta(hint?.cursor) };
}

/** Where programs find the cursor of the rest. */
export const CURSOR_META = 'mcp-gateway/cursor';

/** Where programs find the arguments that ask for the next page. */
const NEXT_ARGUMENTS_META = 'mcp-gateway/nextArguments';

/** The member of a result that holds the cursor of the rest. */
export const restMeta = (cursor: string | undefined): JsonObject =>
  cursor === undefined ? {} : { _meta: { [CURSOR_META]: cursor } };

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
  const lines = failureLines(operation, response, content);
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

function failureLines(
  operation: CompiledOperation,
  response: ApiResponse,
  content: ResponseContent,
): readonly string[] {
  const problem = content.kind === 'json' ? problemText(content.value) : undefined;
  const words = problem === undefined ? [] : [problem];
  return [statusLine(response.status), ...words, ...advice(operation, response)];
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

/** Says what to ask for next, to a model in words and to a program in `_meta`. */
function withNext(result: JsonObject, { arguments: input, query }: NextPage): JsonObject {
  if (input === undefined) return withText(result, `There is a next page: ${query ?? ''}`);
  const advice = `There is a next page: call again with ${JSON.stringify(input)} as well.`;
  const meta = { ...objectMember(result, '_meta'), [NEXT_ARGUMENTS_META]: input };
  return { ...withText(result, advice), _meta: meta };
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
  const kept = content.slice(0, wholeCharacters(content, charactersMax));
  return `${kept}\n… (shortened: ${charactersMax} of ${content.length} characters)`;
}
