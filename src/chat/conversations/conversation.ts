import type { Subject, TenantId } from '../../kernel/principal.ts';
import type { ConversationAgent } from './conversation-agent.ts';
import type { ChatMessage } from './message.ts';

/** A conversation, without what was said in it. */
export interface Conversation {
  readonly id: string;
  readonly tenant: TenantId;
  /** Whose it is; nobody else sees it. */
  readonly owner: Subject;
  readonly title: string;
  /** The agent that it began with and goes by; null for none. */
  readonly agent: ConversationAgent | null;
  /** The message after which it goes on when nobody says otherwise. */
  readonly headId: string | null;
  /** The last message that its link shows; null while there is no link. */
  readonly sharedHeadId: string | null;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly version: number;
}

/** Which conversations of somebody are listed, the last changed first. */
export interface ConversationQuery {
  readonly ownerId: string;
  /** Only those in whose title or text it is, in whatever case. */
  readonly search?: string | undefined;
  /** The last one of the page before. */
  readonly before?: Pick<Conversation, 'id' | 'changedAtMs'> | undefined;
  readonly rowsMax: number;
}

/** A message with what it cost, as it is stored; nano-units of the currency. */
export interface StoredMessage extends ChatMessage {
  readonly conversationId: string;
  readonly cost?: { readonly nano: bigint; readonly currency: string };
}

/** A conversation that is written whole: a fork. */
export interface WholeConversation {
  readonly conversation: Conversation;
  /** Parents before children. */
  readonly messages: readonly StoredMessage[];
  /** Files under new ids, whose bytes the tenant has already. */
  readonly artifacts: readonly { readonly id: string; readonly copyOf: string }[];
}
