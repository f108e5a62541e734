import { z } from '@hono/zod-openapi';
import { isSentType, sentTypes } from '../../../../chat/conversations/check-file.ts';
import { agentSlug, agentValues } from './agent-fields.ts';
import { limits } from '../../../../kernel/limits.ts';

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** An id of ours. */
export const chatId = z.string().regex(ID, 'Give an id as it was told.');

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MEDIA_TYPE_CHARACTERS_MAX = 100;

const fileSchema = z.strictObject({
  name: z.string().min(1).max(limits.chatFileNameCharactersMax).optional(),
  media_type: z
    .string()
    .max(MEDIA_TYPE_CHARACTERS_MAX)
    .refine(isSentType, { error: `Give one of ${sentTypes.join(', ')}.` }),
  data: z
    .string()
    .min(1)
    .max(Math.ceil(limits.chatFileBytesMax / 3) * 4)
    .refine((text) => text.length % 4 === 0 && BASE64.test(text), { error: 'Give base64.' })
    .describe('The bytes as base64.'),
});

const moneySchema = z.strictObject({
  amount: z.string().regex(/^\d{1,9}(\.\d{1,9})?$/, 'Give an amount such as "0.50".'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'Give a code such as "EUR".'),
});

/** How far a run may go. */
export const runLimitsSchema = z
  .strictObject({
    steps: z.int().min(1).max(limits.chatStepsMax).optional().describe('Steps of the model.'),
    seconds: z
      .int()
      .min(1)
      .max(limits.chatRunMsMax / 1_000)
      .optional()
      .describe('Of work; waiting for you does not count.'),
    parallel_calls: z.int().min(1).max(limits.chatParallelCallsMax).optional(),
    cost: moneySchema.optional().describe('What it may cost.'),
    conversation_cost: moneySchema
      .optional()
      .describe('What its conversation may cost, with all that was spent there before.'),
  })
  .openapi('ChatLimits');

/** What is said to `POST /chat`. */
export const chatRequestSchema = z
  .strictObject({
    message: z.string().min(1).max(limits.chatMessageCharactersMax),
    session_id: chatId.optional().describe('The conversation; absent for a new one.'),
    parent_id: chatId
      .nullable()
      .optional()
      .describe(
        'The message it follows, to go on from there; null to begin anew; absent: the last.',
      ),
    model: z
      .string()
      .min(1)
      .max(limits.titleLengthMax)
      .optional()
      .describe('`provider/model`, or `agent/{slug}`.'),
    agent: agentSlug.optional().describe('The agent that a new conversation begins with.'),
    agent_version: z
      .int()
      .min(1)
      .optional()
      .describe('Another than the published one, for who may manage agents.'),
    variables: agentValues.optional().describe('What the prompt of the agent is given.'),
    files: z.array(fileSchema).max(limits.chatFilesMax).optional(),
    stream: z.boolean().optional().describe('True for server-sent events.'),
    limits: runLimitsSchema.optional(),
  })
  .openapi('ChatRequest');

const answerOf = z.union([
  z.strictObject({
    id: z.string().min(1).max(limits.titleLengthMax),
    approve: z.boolean(),
    always: z
      .boolean()
      .optional()
      .describe('Ask no more for this tool in this conversation, as long as it stays as it is.'),
  }),
  z.strictObject({
    id: z.string().min(1).max(limits.titleLengthMax),
    response: z.record(z.string(), z.unknown()),
  }),
]);

/** What is said to a run that waits. */
export const answersSchema = z
  .strictObject({ answers: z.array(answerOf).min(1).max(limits.chatAnswersMax) })
  .openapi('ChatAnswers');

const costSchema = z.strictObject({
  amounts: z.array(z.strictObject({ amount: z.string(), currency: z.string() })),
  unpriced: z.boolean().describe('Whether a model without a price is missing in the amounts.'),
});

const callSchema = z.strictObject({
  id: z.string(),
  mark: z.string().describe('How the answer cites it.'),
  service: z.string().nullable(),
  tool: z.string(),
  arguments: z.unknown(),
  status: z.enum(['waiting', 'running', 'ok', 'error', 'denied', 'interrupted']),
  duration_ms: z.number().nullable(),
  cost: z.unknown(),
});

const waitSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(['approval', 'question', 'caller']),
  call_id: z.string(),
  tool: z.string(),
  message: z.string(),
  url: z.string().optional().describe('Where to go to answer; then answer `accept`.'),
  schema: z.record(z.string(), z.unknown()).optional(),
});

/** What `POST /chat` answers. */
export const chatAnswerSchema = z
  .strictObject({
    session_id: z.string(),
    run_id: z.string(),
    message_id: z.string().describe('The last message; `parent_id` to go on from here.'),
    status: z.enum(['running', 'waiting', 'finished']),
    answer: z.string(),
    links: z
      .array(z.strictObject({ kind: z.enum(['image', 'link']), url: z.string() }))
      .describe('Addresses in the answer that could tell others what it says: do not load them.'),
    tool_calls: z.array(callSchema),
    usage: z.strictObject({
      input_tokens: z.int(),
      cached_tokens: z.int(),
      output_tokens: z.int(),
      reasoning_tokens: z.int(),
      estimated: z.boolean(),
    }),
    cost: costSchema,
    stop_reason: z.string().nullable().describe('Null until it is over.'),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    waiting: z.array(waitSchema).describe('What it waits for you to say.'),
  })
  .openapi('ChatAnswer');

/** Where a run stands. */
export const runStateSchema = z
  .strictObject({
    session_id: z.string(),
    run_id: z.string(),
    status: z.enum(['running', 'waiting', 'finished']),
  })
  .openapi('ChatRunState');

/** Which run. */
export const runParams = z.strictObject({ run: chatId });
