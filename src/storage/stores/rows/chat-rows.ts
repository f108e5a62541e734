import type {
  ChatRun,
  Conversation,
  MessagePart,
  RunLimits,
  StepUsage,
  StoredMessage,
} from '../../../chat/store.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ChatTables } from '../tables/chat-tables.ts';

/** Rows as the statements read them; money comes as text. */
export type ConversationRow = ChatTables['chat_conversation'];
/** Likewise a run's. */
export type RunRow = ChatTables['chat_run'];
/** Likewise a message's. */
export type MessageRow = Omit<ChatTables['chat_message'], 'cost_nano' | 'search_text'> & {
  readonly cost_nano: string | null;
};

/** Reads a conversation. */
export function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    tenant: row.tenant_id,
    owner: { kind: row.subject_kind, id: row.subject_id },
    title: row.title,
    agent: row.agent,
    headId: row.head_id,
    sharedHeadId: row.shared_head_id,
    createdAtMs: row.created_at_ms,
    changedAtMs: row.changed_at_ms,
    version: row.version,
  };
}

/** Reads a message. */
export function toMessage(row: MessageRow): StoredMessage {
  const { cost_nano: nano, currency } = row;
  return {
    id: row.id,
    conversationId: row.conversation_id,
    parentId: row.parent_id,
    role: row.role,
    parts: JSON.parse(row.parts) as readonly MessagePart[],
    runId: row.run_id,
    createdAtMs: row.created_at_ms,
    ...(row.model === null ? {} : { model: row.model }),
    ...(row.usage === null ? {} : { usage: JSON.parse(row.usage) as StepUsage }),
    ...(nano === null || currency === null ? {} : { cost: { nano: BigInt(nano), currency } }),
  };
}

/** Reads a run. */
export function toRun(row: RunRow): ChatRun {
  return {
    id: row.id,
    tenant: row.tenant_id,
    conversationId: row.conversation_id,
    status: row.status,
    stopReason: row.stop_reason,
    isStopAsked: row.stop_asked === 1,
    grantId: row.grant_id,
    credentialId: row.credential_id,
    model: row.model,
    limits: readRunLimits(row.limits),
    headId: row.head_id,
    workedMs: row.worked_ms,
    createdAtMs: row.created_at_ms,
    endedAtMs: row.ended_at_ms,
  };
}

/** How far a run may go, as JSON: money has no place among its numbers. */
export function writeRunLimits({ costMax, ...others }: RunLimits): string {
  const cost = costMax && { costMax: { ...costMax, nano: String(costMax.nano) } };
  return JSON.stringify({ ...others, ...cost });
}

type KeptLimits = Omit<RunLimits, 'costMax'> & {
  readonly costMax?: { readonly nano: string; readonly currency: string };
};

function readRunLimits(text: string): RunLimits {
  const { costMax, ...others } = JSON.parse(text) as KeptLimits;
  if (costMax === undefined) return others;
  return { ...others, costMax: { ...costMax, nano: BigInt(costMax.nano) } };
}

/** What of a message can be searched. */
export function searchTextOf({ role, parts }: Pick<StoredMessage, 'role' | 'parts'>): string {
  if (role === 'tool') return '';
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.join('\n').slice(0, limits.chatSearchedCharactersMax).toLowerCase();
}
