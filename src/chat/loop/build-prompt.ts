import type { AssistantModelMessage, ModelMessage, ToolModelMessage, UserModelMessage } from 'ai';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import type { Artifact } from '../conversations/artifact-store.ts';
import type {
  ChatMessage,
  FilePart,
  ToolCallPart,
  ToolResultPart,
} from '../conversations/message.ts';
import type { ModelCard } from '../models/model-book.ts';
import type { ToolNames } from '../tools/tool-names.ts';

/** What a prompt is made with. */
export interface PromptContext {
  readonly card: ModelCard;
  readonly names: ToolNames;
  /** Whether what the tools of a service answer may be believed. */
  isTrusted(slug: string): boolean;
  /** A file of the conversation; undefined when it is gone. */
  file(artifactId: string): Promise<Artifact | undefined>;
}

type UserContent = Exclude<UserModelMessage['content'], string>;
type AssistantContent = Exclude<AssistantModelMessage['content'], string>;
type ResultOutput = Extract<ToolModelMessage['content'][number], { type: 'tool-result' }>['output'];
type ResultContent = Extract<ResultOutput, { type: 'content' }>['value'];

/**
 * A branch as a provider takes it. Every call is followed by its result, whatever was lost: a
 * provider refuses a conversation with a call that has none for ever.
 */
export async function buildPrompt(
  history: readonly ChatMessage[],
  context: PromptContext,
): Promise<ModelMessage[]> {
  const prompt: ModelMessage[] = [];
  for (const [at, message] of history.entries()) {
    switch (message.role) {
      case 'user': {
        const content = await userContent(message, context);
        if (content.length > 0) prompt.push({ role: 'user', content });
        break;
      }
      case 'assistant': {
        const content = assistantContent(message, context);
        if (content.length > 0) prompt.push({ role: 'assistant', content });
        const calls = message.parts.filter((part) => part.type === 'tool_call');
        if (calls.length === 0) break;
        prompt.push(...(await answered(calls, resultsAfter(history, at), context)));
        break;
      }
      case 'tool':
        // Said together with the calls they belong to.
        break;
    }
  }
  return prompt;
}

/** The results that follow a message of a model, before somebody else speaks. */
function resultsAfter(
  history: readonly ChatMessage[],
  at: number,
): ReadonlyMap<string, ToolResultPart> {
  const found = new Map<string, ToolResultPart>();
  for (const { role, parts } of history.slice(at + 1)) {
    if (role !== 'tool') break;
    for (const part of parts) {
      if (part.type === 'tool_result' && !found.has(part.callId)) found.set(part.callId, part);
    }
  }
  return found;
}

async function userContent({ parts }: ChatMessage, context: PromptContext): Promise<UserContent> {
  const content: UserContent = [];
  for (const part of parts) {
    if (part.type === 'text') content.push({ type: 'text', text: part.text });
    if (part.type === 'file') content.push(await filePart(part, context));
  }
  return content;
}

/** A file where the model takes it, otherwise what it is. */
async function filePart(part: FilePart, context: PromptContext): Promise<UserContent[number]> {
  const file = takes(context.card, part) ? await context.file(part.artifactId) : undefined;
  if (file === undefined) return { type: 'text', text: fileMark(part, context.card) };
  const { bytes, mediaType } = file;
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const named = part.name === undefined ? {} : { filename: part.name };
  return { type: 'file', data, mediaType, ...named };
}

function takes({ takes: kinds }: ModelCard, { mediaType }: FilePart): boolean {
  return kinds.some((kind) => mediaType.startsWith(kind));
}

function fileMark({ mediaType, name, artifactId }: FilePart, card: ModelCard): string {
  const why = takes(card, { type: 'file', mediaType, artifactId })
    ? 'which is not kept any more'
    : 'which this model cannot read; the user can';
  return `[a file${name === undefined ? '' : ` ${JSON.stringify(name)}`}, ${mediaType}, ${why}]`;
}

function assistantContent(
  { parts, model }: ChatMessage,
  { card, names }: PromptContext,
): AssistantContent {
  // What one provider wants back, another does not understand.
  const isOwn = model === card.name;
  const content: AssistantContent = [];
  for (const part of parts) {
    const data = 'providerData' in part && isOwn ? { providerOptions: part.providerData } : {};
    const options = data as { readonly providerOptions?: Record<string, Record<string, never>> };
    if (part.type === 'text' && part.text !== '') {
      content.push({ type: 'text', text: part.text, ...options });
    }
    if (part.type === 'reasoning' && isOwn) {
      content.push({ type: 'reasoning', text: part.text, ...options });
    }
    if (part.type === 'tool_call') {
      const { callId: toolCallId, tool } = part;
      const input = inputOf(part.arguments);
      content.push({
        type: 'tool-call',
        toolCallId,
        toolName: names.sent(tool),
        input,
        ...options,
      });
    }
  }
  return content;
}

/** Providers take objects alone; what a model wrote instead was refused as arguments already. */
function inputOf(given: Json): Json {
  return isJsonObject(given) ? given : { unreadable: given };
}

async function answered(
  calls: readonly ToolCallPart[],
  results: ReadonlyMap<string, ToolResultPart>,
  context: PromptContext,
): Promise<ModelMessage[]> {
  const content: ToolModelMessage['content'] = [];
  const beside: UserContent = [];
  for (const call of calls) {
    const { callId: toolCallId, tool, mark } = call;
    const result = results.get(toolCallId) ?? lostResult(call);
    const value: ResultContent = [];
    const texts = result.content.flatMap((part) => (part.type === 'text' ? part.text : []));
    for (const part of result.content) {
      if (part.type !== 'file') continue;
      const file = await filePart(part, context);
      if (file.type !== 'file') texts.push(fileMark(part, context.card));
      else if (context.card.takesFilesInResults) {
        const data = { type: 'data', data: file.data as Uint8Array } as const;
        value.push({ type: 'file', data, mediaType: file.mediaType });
        texts.push(`[a file, ${part.mediaType}: it follows]`);
      } else {
        texts.push(`[a file, ${part.mediaType}: it follows these results]`);
        beside.push({ type: 'text', text: `The file of the result ${mark}:` }, file);
      }
    }
    const text = wrapped(call, result, texts.join('\n'), context);
    const toolName = context.names.sent(tool);
    const plain = result.end === 'ok' ? ('text' as const) : ('error-text' as const);
    const output: ResultOutput =
      value.length === 0
        ? { type: plain, value: text }
        : { type: 'content', value: [{ type: 'text', text }, ...value] };
    content.push({ type: 'tool-result', toolCallId, toolName, output });
  }
  const following: ModelMessage[] = beside.length === 0 ? [] : [{ role: 'user', content: beside }];
  return [{ role: 'tool', content }, ...following];
}

/** Says whose words these are, so that they are read as data. */
function wrapped(
  { mark, tool }: ToolCallPart,
  { end }: ToolResultPart,
  text: string,
  { isTrusted }: PromptContext,
): string {
  const [slug = '', own] = tool.split('__');
  const service = own === undefined ? 'gateway' : slug;
  const trust = own !== undefined && isTrusted(slug) ? 'trusted' : 'untrusted';
  // Nothing inside ends it early.
  const inner = text.replaceAll(/<(\/?)(?=tool_result)/gi, '&lt;$1');
  const name = service.replaceAll(/[^\w-]/g, '_');
  const head = `<tool_result id="${mark}" service="${name}" trust="${trust}" end="${end}">`;
  return `${head}\n${inner}\n</tool_result>`;
}

/** What a model is told of a call whose end was never written down. */
export const INTERRUPTED =
  'The gateway stopped while this call ran: nobody knows whether it was done. Find out before ' +
  'you call it again.';

function lostResult({ callId, tool }: ToolCallPart): ToolResultPart {
  const content = [{ type: 'text', text: INTERRUPTED }] as const;
  return {
    type: 'tool_result',
    callId,
    tool,
    end: 'interrupted',
    content,
    durationMs: 0,
    usageId: null,
  };
}
