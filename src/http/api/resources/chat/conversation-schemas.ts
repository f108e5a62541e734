import { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';
import { pageRows } from '../../framework/page-rows.ts';
import { chatId } from './chat-schemas.ts';

const summary = {
  id: z.string(),
  title: z.string(),
  agent: z
    .strictObject({ id: z.string(), version: z.int() })
    .nullable()
    .describe('The version of an agent that it goes by.'),
  headId: z.string().nullable().describe('The message after which it goes on.'),
  isShared: z.boolean(),
  createdAtMs: z.int(),
  changedAtMs: z.int(),
  version: z.int(),
};

/** A conversation, without what was said. */
export const conversationSchema = z.strictObject(summary).openapi('Conversation');

const messageSchema = z
  .strictObject({
    id: z.string(),
    parentId: z.string().nullable(),
    role: z.enum(['user', 'assistant', 'tool']),
    parts: z.array(z.record(z.string(), z.unknown())).describe('Text, files, calls and results.'),
    runId: z.string(),
    createdAtMs: z.int(),
    model: z.string().nullable(),
    usage: z.record(z.string(), z.unknown()).nullable(),
    cost: z.strictObject({ amount: z.string(), currency: z.string() }).nullable(),
  })
  .openapi('ConversationMessage');

const lastRun = z
  .strictObject({
    id: z.string(),
    status: z.enum(['running', 'waiting', 'finished']),
    stopReason: z.string().nullable(),
  })
  .nullable();

/** A conversation with what was said; the messages are a tree by `parentId`. */
export const readSchema = z
  .strictObject({ ...summary, messages: z.array(messageSchema), lastRun })
  .openapi('ConversationContent');

/** What a link shows. */
export const sharedSchema = z
  .strictObject({
    title: z.string(),
    createdAtMs: z.int(),
    messages: z.array(messageSchema).describe('From the first to the last that is shared.'),
  })
  .openapi('SharedConversation');

/** One page. */
export const listSchema = z
  .strictObject({
    conversations: z.array(conversationSchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('Conversations');

const CURSOR = /^\d{1,16}\.[A-Za-z0-9_-]{1,64}$/;

/** Which ones. */
export const listQuery = z.strictObject({
  limit: pageRows.optional(),
  cursor: z.string().regex(CURSOR, 'Give nextCursor of the page before.').optional(),
  search: z
    .string()
    .min(1)
    .max(limits.chatSearchCharactersMax)
    .optional()
    .describe('Only those in whose title or text it is.'),
});

/** Another title. */
export const titleSchema = z
  .strictObject({ title: z.string().trim().min(1).max(limits.chatTitleCharactersMax) })
  .openapi('ConversationTitle');

/** Where it forks. */
export const forkSchema = z
  .strictObject({ messageId: chatId.describe('The last message that the new one has.') })
  .openapi('ConversationFork');

/** A link. */
export const linkSchema = z
  .strictObject({
    token: z.string().describe('Shown this once; a new link ends the one before.'),
    path: z.string().describe('What it shows, for everybody of the tenant who may chat.'),
  })
  .openapi('ConversationLink');

/** In which form. */
export const exportQuery = z.strictObject({ format: z.enum(['json', 'jsonl']).optional() });
