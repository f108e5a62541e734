import type { JsonBytes } from '../../kernel/json-bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { McpRequest } from '../message.ts';
import { asList, mendBlock, mendContents, mendMessages } from './mend-content.ts';
import { number, text, flag, mendMembers } from './mend-members.ts';
import {
  isNull,
  isSoundBlock,
  isSoundContents,
  isSoundList,
  isSoundMessage,
} from './sound-content.ts';

const OPEN_BRACE = 0x7b;
/** Completions of one answer (MCP, `CompleteResult`). */
const COMPLETIONS_MAX = 100;

/**
 * A server's complete result as the strictest clients take it. A sound one keeps its bytes and is
 * not parsed; of others only the members that are wrong are written anew. Throws SyntaxError on
 * bytes that are not JSON.
 */
export function mendResult(
  result: JsonBytes,
  request: Pick<McpRequest, 'method' | 'params'>,
): JsonBytes {
  const plain = withSoundMeta(result);
  switch (request.method) {
    case 'tools/call':
      return mendToolResult(plain);
    case 'prompts/get':
      return mendPrompt(plain);
    case 'resources/read':
      return mendRead(plain, request.params['uri']);
    case 'completion/complete':
      return mendCompletion(plain);
    default:
      return plain;
  }
}

function mendToolResult(result: JsonBytes): JsonBytes {
  let mended = result;
  const isError = mended.memberBytes('isError');
  if (isError !== undefined && !mended.memberIs('isError', 'false')) {
    if (!mended.memberIs('isError', 'true')) {
      const isTrue = mended.memberIs('isError', '"true"') || mended.memberIs('isError', '1');
      mended = mended.withoutMembers(['isError']);
      if (isTrue) mended = mended.withMember('isError', 'true');
    }
  }
  const content = mended.memberBytes('content');
  if (content !== undefined && isSoundList(content, isSoundBlock)) return mended;
  const blocks =
    content === undefined || isNull(content)
      ? contentOf(mended)
      : asList(mended.member('content') as Json).map(mendBlock);
  return withValue(mended, 'content', blocks);
}

/** What a result without content holds, as content (MCP, "Structured Content"). */
function contentOf(result: JsonBytes): readonly JsonObject[] {
  const { bytes } = result;
  const structured = result.memberBytes('structuredContent') ?? result.memberBytes('toolResult');
  if (structured === undefined || bytes.length === 0 || isNull(structured)) return [];
  return [{ type: 'text', text: structured.toString('utf8') }];
}

function mendPrompt(result: JsonBytes): JsonBytes {
  const isDescribed = result.memberBytes('description') === undefined;
  const isSound = isDescribed || typeof result.member('description') === 'string';
  const mended = isSound ? result : result.withoutMembers(['description']);
  const messages = mended.memberBytes('messages');
  if (messages !== undefined && isSoundList(messages, isSoundMessage)) return mended;
  return withValue(mended, 'messages', mendMessages(mended.member('messages') as Json));
}

function mendRead(result: JsonBytes, uri: Json | undefined): JsonBytes {
  const contents = result.memberBytes('contents');
  if (contents !== undefined && isSoundList(contents, isSoundContents)) return result;
  const asked = typeof uri === 'string' ? uri : '';
  const list = asList(result.member('contents') as Json);
  return withValue(
    result,
    'contents',
    list.map((one) => mendContents(one, asked)),
  );
}

function mendCompletion(result: JsonBytes): JsonBytes {
  const value = result.member('completion') as Json | undefined;
  const completion = isJsonObject(value) ? value : {};
  const listed = asList(completion['values']);
  const values = listed.filter((one) => typeof one === 'string').slice(0, COMPLETIONS_MAX);
  const known = mendMembers(completion, { total: whole, hasMore: flag });
  const isSound = known === value && values.length === listed.length && 'values' in completion;
  if (isSound && Array.isArray(completion['values'])) return result;
  const more = listed.length > COMPLETIONS_MAX ? { hasMore: true } : {};
  return withValue(result, 'completion', { ...known, values, ...more });
}

const whole = (value: Json): Json | undefined =>
  Number.isInteger(number(value)) ? value : undefined;

/** `_meta` is an object, and so are the members of it that the protocol reads. */
function withSoundMeta(result: JsonBytes): JsonBytes {
  const bytes = result.memberBytes('_meta');
  if (bytes === undefined) return result;
  if (bytes[0] !== OPEN_BRACE) return result.withoutMembers(['_meta']);
  if (!bytes.includes('progressToken') && !bytes.includes('related-task')) return result;
  const before = result.member('_meta') as JsonObject;
  const after = mendMembers(before, {
    progressToken: (token) => text(token) ?? whole(token),
    'io.modelcontextprotocol/related-task': (task) =>
      isJsonObject(task) && typeof task['taskId'] === 'string' ? task : undefined,
  });
  return after === before ? result : withValue(result, '_meta', after);
}

function withValue(result: JsonBytes, name: string, value: Json): JsonBytes {
  return result.withoutMembers([name]).withMember(name, JSON.stringify(value));
}
