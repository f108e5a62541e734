import { createHash, randomBytes } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { ChatRun } from '../chat-run.ts';
import type { ChatStore } from '../store.ts';
import type { Artifact } from '../conversations/artifact-store.ts';
import type {
  Conversation,
  ConversationQuery,
  StoredMessage,
} from '../conversations/conversation.ts';

/** A conversation with what was said in it. */
export interface ReadConversation {
  readonly conversation: Conversation;
  readonly messages: readonly StoredMessage[];
  /** The last run, when there was any. */
  readonly lastRun: ChatRun | undefined;
}

/**
 * Conversations as their owners see them: what is another's does not exist. Whatever names none of
 * the caller's throws `not_found`.
 */
export interface ConversationDesk {
  list(
    principal: Principal,
    query: Omit<ConversationQuery, 'ownerId'>,
  ): Promise<readonly Conversation[]>;
  own(principal: Principal, id: string): Promise<Conversation>;
  /** Whether there is one that is the caller's. */
  isOwn(principal: Principal, id: string): Promise<boolean>;
  read(principal: Principal, id: string): Promise<ReadConversation>;
  rename(
    principal: Principal,
    id: string,
    title: string,
    ifVersion: number | undefined,
  ): Promise<Conversation>;
  remove(principal: Principal, id: string): Promise<void>;
  /** A token that shows everybody of the tenant the branch as it is now; kept as a hash alone. */
  share(principal: Principal, id: string): Promise<string>;
  unshare(principal: Principal, id: string): Promise<void>;
  /** What a token shows. */
  shared(principal: Principal, token: string): Promise<Omit<ReadConversation, 'lastRun'>>;
  /** A new conversation with everything up to a message. */
  fork(principal: Principal, id: string, messageId: string): Promise<Conversation>;
  artifact(principal: Principal, id: string): Promise<Artifact>;
  /** Anybody's, for who may look into them; whoever calls says so in the audit log. */
  ofUser(tenant: TenantId, query: ConversationQuery): Promise<readonly Conversation[]>;
  inspect(tenant: TenantId, id: string): Promise<ReadConversation>;
}

/** What the desk needs. */
export interface ConversationDeskOptions {
  readonly store: ChatStore;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

const TOKEN_BYTES = 24;

/** Makes the desk. */
export function createConversationDesk(options: ConversationDeskOptions): ConversationDesk {
  const { store } = options;
  const { conversations, artifacts } = store;
  const find = async ({ tenant, subject }: Principal, id: string) => {
    const found = await conversations.get(tenant, id);
    const isTheirs = found?.owner.id === subject.id && found.owner.kind === subject.kind;
    return isTheirs ? found : undefined;
  };
  const own = async (principal: Principal, id: string): Promise<Conversation> => {
    const found = await find(principal, id);
    if (found === undefined) throw new GatewayError('not_found');
    return found;
  };
  return {
    own,
    isOwn: async (principal, id) => (await find(principal, id)) !== undefined,
    list: (principal, query) =>
      conversations.list(principal.tenant, { ...query, ownerId: principal.subject.id }),
    read: async (principal, id) => whole(store, await own(principal, id)),
    rename: async (principal, id, title, ifVersion) => {
      await own(principal, id);
      const renamed = await conversations.rename(principal.tenant, id, title, ifVersion);
      if (renamed === undefined) throw new GatewayError('not_found');
      return renamed;
    },
    remove: async (principal, id) => {
      await own(principal, id);
      await conversations.remove(principal.tenant, id);
    },
    share: async (principal, id) => {
      const { headId } = await own(principal, id);
      if (headId === null) throw new GatewayError('conflict', 'Nothing was said in it yet.');
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      await conversations.share(principal.tenant, id, { hash: hashOf(token), headId });
      return token;
    },
    unshare: async (principal, id) => {
      await own(principal, id);
      await conversations.share(principal.tenant, id, null);
    },
    shared: async ({ tenant }, token) => {
      const conversation = await conversations.shared(tenant, hashOf(token));
      if (conversation === undefined || conversation.sharedHeadId === null) {
        throw new GatewayError('not_found');
      }
      const { id, sharedHeadId } = conversation;
      return { conversation, messages: await conversations.branch(tenant, id, sharedHeadId) };
    },
    fork: async (principal, id, messageId) => fork(options, await own(principal, id), messageId),
    artifact: async (principal, id) => {
      const found = await artifacts.get(principal.tenant, id);
      if (found === undefined) throw new GatewayError('not_found');
      await own(principal, found.conversationId);
      return found;
    },
    ofUser: (tenant, query) => conversations.list(tenant, query),
    inspect: async (tenant, id) => {
      const found = await conversations.get(tenant, id);
      if (found === undefined) throw new GatewayError('not_found');
      return whole(store, found);
    },
  };
}

async function whole(
  { conversations, runs }: ChatStore,
  conversation: Conversation,
): Promise<ReadConversation> {
  const { tenant, id } = conversation;
  const messages = await conversations.messages(tenant, id);
  const [lastRun] = await runs.ofConversation(tenant, id, 1);
  return { conversation, messages, lastRun };
}

async function fork(
  { store, ids, now }: ConversationDeskOptions,
  from: Conversation,
  messageId: string,
): Promise<Conversation> {
  const { tenant } = from;
  const branch = await store.conversations.branch(tenant, from.id, messageId);
  if (branch.length === 0) throw new GatewayError('not_found');
  const files = await store.artifacts.list(tenant, from.id);
  const artifacts = files.map(({ id: copyOf }) => ({ id: ids.next('art'), copyOf }));
  const atMs = now();
  const conversationId = ids.next('cnv');
  const renamed = new Map([
    ...artifacts.map(({ id, copyOf }) => [copyOf, id] as const),
    ...branch.map(({ id }) => [id, ids.next('msg')] as const),
  ]);
  const messages = branch.map((message): StoredMessage => ({
    ...message,
    id: renamed.get(message.id) ?? message.id,
    parentId: message.parentId === null ? null : (renamed.get(message.parentId) ?? null),
    conversationId,
    parts: withFiles(message.parts, renamed),
  }));
  const conversation: Conversation = {
    ...from,
    id: conversationId,
    headId: messages.at(-1)?.id ?? null,
    sharedHeadId: null,
    createdAtMs: atMs,
    changedAtMs: atMs,
    version: 1,
  };
  await store.conversations.insertWhole(tenant, { conversation, messages, artifacts });
  return conversation;
}

type Parts = StoredMessage['parts'];

/** The parts with their files by other names. */
function withFiles(parts: Parts, renamed: ReadonlyMap<string, string>): Parts {
  const named = (id: string): string => renamed.get(id) ?? id;
  return parts.map((part) => {
    if (part.type === 'file') return { ...part, artifactId: named(part.artifactId) };
    if (part.type !== 'tool_result') return part;
    const content = part.content.map((one) =>
      one.type === 'file' ? { ...one, artifactId: named(one.artifactId) } : one,
    );
    return { ...part, content };
  });
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
