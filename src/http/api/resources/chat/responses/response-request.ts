import { z } from '@hono/zod-openapi';
import type { CallerTerms } from '../../../../../chat/caller-terms.ts';
import type { Json, JsonObject } from '../../../../../kernel/json.ts';
import { limits } from '../../../../../kernel/limits.ts';
import { callerToolsOf, checkChosen, functionSchema } from '../openai/caller-tools.ts';
import { instructionsOf, sentContentSchema } from '../openai/sent-content.ts';

const itemSchema = z.looseObject({
  type: z.string().nullable().optional(),
  role: z.string().optional(),
  id: z.string().max(limits.titleLengthMax).nullable().optional(),
  content: sentContentSchema.nullable().optional(),
  call_id: z.string().max(limits.titleLengthMax).optional(),
  name: z.string().optional(),
  arguments: z.string().nullable().optional(),
  output: sentContentSchema.nullable().optional(),
  approval_request_id: z.string().max(limits.titleLengthMax).optional(),
  approve: z.boolean().optional(),
});

/** An item of the input. */
export type InputItem = z.output<typeof itemSchema>;

// The type comes first: it is what is wrong with a tool of another kind.
const toolSchema = z.looseObject({
  type: z.literal('function', 'Give functions; other tools are services that are registered.'),
  ...functionSchema.shape,
});

const choiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), name: z.string() }),
]);

const absent = (fix: string) => z.null(fix).optional();
const METADATA_KEYS_MAX = 16;

/** What `POST /v1/responses` takes; what it does not know, it does not mind. */
export const responseBody = z
  .looseObject({
    model: z
      .string()
      .min(1)
      .max(limits.titleLengthMax)
      .nullable()
      .optional()
      .describe('`provider/model`, or `default`.'),
    input: z.union([
      z.string().min(1).max(limits.chatMessageCharactersMax),
      z
        .array(itemSchema)
        .min(1)
        .max(2 * limits.chatMessagesPerConversationMax),
    ]),
    instructions: z.string().nullable().optional().describe('Of this response alone.'),
    previous_response_id: z.string().max(limits.titleLengthMax).nullable().optional(),
    tools: z
      .array(toolSchema)
      .max(limits.chatCallerToolsMax)
      .nullable()
      .optional()
      .describe('Functions that you run; the gateway’s own tools need no mention.'),
    tool_choice: choiceSchema.nullable().optional(),
    stream: z.boolean().nullable().optional(),
    store: z.boolean().nullable().optional(),
    background: z.boolean().nullable().optional().describe('It goes on when you leave.'),
    max_output_tokens: z.int().min(1).nullable().optional(),
    temperature: z.number().min(0).max(2).nullable().optional(),
    top_p: z.number().min(0).max(1).nullable().optional(),
    metadata: z
      .record(z.string().max(64), z.string().max(512))
      .refine((given) => Object.keys(given).length <= METADATA_KEYS_MAX, 'Give up to 16 keys.')
      .nullable()
      .optional(),
    text: z
      .looseObject({
        format: z
          .looseObject({ type: z.literal('text', 'Answers are text; ask for JSON in words.') })
          .optional(),
      })
      .nullable()
      .optional(),
    conversation: absent('Go on with `previous_response_id`.'),
    prompt: absent('Send `instructions` and `input`.'),
    safety_identifier: z.string().max(64).nullable().optional(),
    prompt_cache_key: z.string().max(64).nullable().optional(),
  })
  .openapi('ResponseRequest');

/** Such a request, read. */
export type ResponseBody = z.output<typeof responseBody>;

/** How to answer it; what the items of the input tell the model how to be comes after the rest. */
export function termsOf(
  body: ResponseBody,
  told: readonly string[],
  isContinued: boolean,
): CallerTerms {
  const { instructions: given, temperature, top_p: topP, max_output_tokens: tokensMax } = body;
  const instructions = instructionsOf([given ?? '', ...told], 'instructions');
  const tools = callerToolsOf(body.tools ?? []);
  const choice = checkChosen(body.tool_choice ?? 'auto', tools);
  return {
    ...(instructions !== undefined && { instructions }),
    tools,
    toolChoice: typeof choice === 'object' ? { name: choice.name } : choice,
    ...(tokensMax && { outputTokensMax: tokensMax }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    isAttached: body.background !== true,
    isThrowaway: body.store === false && !isContinued,
    request: requestOf(body),
  };
}

/** What a response says again of its request. */
function requestOf(body: ResponseBody): JsonObject {
  const tools = (body.tools ?? []).map(({ name, description, parameters, strict }) => ({
    type: 'function',
    name,
    description: description ?? null,
    parameters: (parameters ?? null) as Json,
    strict: typeof strict === 'boolean' ? strict : null,
  }));
  const choice = body.tool_choice ?? 'auto';
  return {
    model: body.model ?? 'default',
    instructions: body.instructions ?? null,
    previous_response_id: body.previous_response_id ?? null,
    tools,
    tool_choice: typeof choice === 'object' ? { type: 'function', name: choice.name } : choice,
    store: body.store ?? true,
    background: body.background ?? false,
    metadata: body.metadata ?? {},
    safety_identifier: body.safety_identifier ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
  };
}
