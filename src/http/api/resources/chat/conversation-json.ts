import type { z } from '@hono/zod-openapi';
import type { Conversation, StoredMessage } from '../../../../chat/conversations/conversation.ts';
import type { ReadConversation } from '../../../../chat/desk/conversation-desk.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { conversationSchema, readSchema } from './conversation-schemas.ts';

/** A conversation as the API shows it. */
export function conversationJson(conversation: Conversation): z.output<typeof conversationSchema> {
  const { id, title, headId, sharedHeadId, createdAtMs, changedAtMs } = conversation;
  const isShared = sharedHeadId !== null;
  const { version } = conversation;
  const agent = conversation.agent && {
    id: conversation.agent.id,
    version: conversation.agent.version,
  };
  return { id, title, agent, headId, isShared, createdAtMs, changedAtMs, version };
}

/** A message as the API shows it. What a provider wants back of its reasoning is no one else's. */
export function messageJson(message: StoredMessage) {
  const { id, parentId, role, runId, createdAtMs, model = null, usage, cost } = message;
  const parts = message.parts.map((part): Record<string, unknown> => {
    const { providerData: _providers, ...shown } = { providerData: undefined, ...part };
    return shown;
  });
  return {
    id,
    parentId,
    role,
    parts,
    runId,
    createdAtMs,
    model,
    usage: usage === undefined ? null : { ...usage },
    cost: cost === undefined ? null : { amount: formatMoney(cost.nano), currency: cost.currency },
  };
}

/** A conversation with what was said. */
export function readJson({
  conversation,
  messages,
  lastRun,
}: ReadConversation): z.output<typeof readSchema> {
  return {
    ...conversationJson(conversation),
    messages: messages.map(messageJson),
    lastRun:
      lastRun === undefined
        ? null
        : { id: lastRun.id, status: lastRun.status, stopReason: lastRun.stopReason },
  };
}

/** The page, and where the next one begins. */
export function pageJson(found: readonly Conversation[], rows: number) {
  const shown = found.slice(0, rows);
  const last = found.length > rows ? shown.at(-1) : undefined;
  const nextCursor = last === undefined ? null : `${last.changedAtMs}.${last.id}`;
  return { conversations: shown.map(conversationJson), nextCursor };
}

/** Where a page begins. */
export function cursorOf(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [changedAtMs = '', id = ''] = cursor.split('.');
  return { changedAtMs: Number(changedAtMs), id };
}
