import type {
  CallerTerms,
  ChatRun,
  Conversation,
  MessagePart,
  RunLimits,
  StepUsage,
  StoredMessage,
} from '../../../chat/store.ts';
import type { AgentValues } from '../../../chat/agents/store.ts';
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
    agent: agentOf(row),
    headId: row.head_id,
    sharedHeadId: row.shared_head_id,
    createdAtMs: row.created_at_ms,
    changedAtMs: row.changed_at_ms,
    version: row.version,
  };
}

function agentOf(row: ConversationRow): Conversation['agent'] {
  const { agent: id, agent_version: version, agent_values: values } = row;
  if (id === null || version === null) return null;
  return { id, version, values: JSON.parse(values ?? '{}') as AgentValues };
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
    caller: row.caller === null ? null : (JSON.parse(row.caller) as CallerTerms),
  };
}

/** How far a run may go, as JSON: money has no place among its numbers. */
export function writeRunLimits(run: RunLimits): string {
  const { costMax, conversationCostMax, ...others } = run;
  const kept: KeptLimits = {
    ...others,
    ...(costMax && { costMax: { ...costMax, nano: String(costMax.nano) } }),
    ...(conversationCostMax && {
      conversationCostMax: { ...conversationCostMax, nano: String(conversationCostMax.nano) },
    }),
  };
  return JSON.stringify(kept);
}

interface KeptCost {
  readonly nano: string;
  readonly currency: string;
}

type KeptLimits = Omit<RunLimits, 'costMax' | 'conversationCostMax'> & {
  readonly costMax?: KeptCost;
  readonly conversationCostMax?: KeptCost;
};

function readRunLimits(text: string): RunLimits {
  const { costMax, conversationCostMax, ...others } = JSON.parse(text) as KeptLimits;
  return {
    ...others,
    ...(costMax && { costMax: { ...costMax, nano: BigInt(costMax.nano) } }),
    ...(conversationCostMax && {
      conversationCostMax: { ...conversationCostMax, nano: BigInt(conversationCostMax.nano) },
    }),
  };
}

/** What of a message can be searched. */
export function searchTextOf({ role, parts }: Pick<StoredMessage, 'role' | 'parts'>): string {
  if (role === 'tool') return '';
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.join('\n').slice(0, limits.chatSearchedCharactersMax).toLowerCase();
}
