import { z } from '@hono/zod-openapi';
import type { CallerTerms } from '../../../../../chat/caller-terms.ts';
import { limits } from '../../../../../kernel/limits.ts';
import type { BroughtResult } from './bring-results.ts';
import { callerToolsOf, checkChosen, functionSchema } from './caller-tools.ts';
import {
  instructionsOf,
  readContent,
  sentContentSchema,
  textOfContent,
  withEarlier,
  wrong,
  type ReadContent,
} from './sent-content.ts';

const messageSchema = z.looseObject({
  role: z.string(),
  content: sentContentSchema.nullable().optional(),
  tool_call_id: z.string().max(limits.titleLengthMax).optional(),
});

const toolSchema = z.looseObject({
  type: z.literal('function', 'Give functions; other tools are services that are registered.'),
  function: functionSchema,
});

const choiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({
    type: z.literal('function'),
    function: z.looseObject({ name: z.string() }),
  }),
]);

/** What `POST /v1/chat/completions` takes; what it does not know, it does not mind. */
export const completionBody = z
  .looseObject({
    model: z.string().min(1).max(limits.titleLengthMax).describe('`provider/model`, or `default`.'),
    messages: z
      .array(messageSchema)
      .min(1)
      .max(2 * limits.chatMessagesPerConversationMax),
    stream: z.boolean().nullable().optional(),
    stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullable().optional(),
    tools: z
      .array(toolSchema)
      .max(limits.chatCallerToolsMax)
      .nullable()
      .optional()
      .describe('Functions that you run; the gateway’s own tools need no mention.'),
    tool_choice: choiceSchema.nullable().optional(),
    max_tokens: z.int().min(1).nullable().optional(),
    max_completion_tokens: z.int().min(1).nullable().optional(),
    temperature: z.number().min(0).max(2).nullable().optional(),
    top_p: z.number().min(0).max(1).nullable().optional(),
    n: z.literal(1).nullable().optional(),
  })
  .openapi('ChatCompletionRequest');

/** Such a request, read. */
export type CompletionBody = z.output<typeof completionBody>;

/** What is said last, behind what the client says was said before, and how to answer it. */
export interface AskedCompletion extends ReadContent {
  readonly caller: CallerTerms;
}

/** The results at the end of the messages; nothing when a user speaks last. */
export function resultsIn({ messages }: CompletionBody): readonly BroughtResult[] {
  const from = messages.findLastIndex(({ role }) => role !== 'tool') + 1;
  return messages.slice(from).map(({ tool_call_id: id = '', content }, at) => ({
    field: `messages[${from + at}]`,
    answer: { id, kind: 'caller', output: textOfContent(content) },
  }));
}

/** What is asked. */
export function askedIn(body: CompletionBody): AskedCompletion {
  const { messages } = body;
  const said = messages.filter(({ role }) => !isInstruction(role));
  const last = said.at(-1);
  if (last?.role !== 'user') {
    const fix = 'Let the last message be a user’s, or bring the results of open calls.';
    throw wrong('messages', 'does not end with a user’s', fix);
  }
  const { text, files } = readContent(last.content, `messages[${messages.indexOf(last)}]`);
  if (text === '') {
    throw wrong('messages', 'says nothing', 'Let the last message have a text.');
  }
  const earlier = said
    .slice(0, -1)
    .map(({ role, content }) => `${role}: ${textOfContent(content)}`);
  return { text: withEarlier(earlier, text, 'messages'), files, caller: termsOf(body) };
}

function termsOf(body: CompletionBody): CallerTerms {
  const told = body.messages.filter(({ role }) => isInstruction(role));
  const texts = told.map(({ content }) => textOfContent(content));
  const instructions = instructionsOf(texts, 'messages');
  const tools = callerToolsOf((body.tools ?? []).map((tool) => tool.function));
  const { tool_choice: wanted, temperature, top_p: topP } = body;
  const choice = typeof wanted === 'object' && wanted !== null ? wanted.function : wanted;
  const outputTokensMax = body.max_completion_tokens ?? body.max_tokens;
  return {
    ...(instructions !== undefined && { instructions }),
    tools,
    toolChoice: checkChosen(choice ?? 'auto', tools),
    ...(outputTokensMax && { outputTokensMax }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    isAttached: true,
    request: {},
  };
}

function isInstruction(role: string): boolean {
  return role === 'system' || role === 'developer';
}
