import type { ArtifactRows, ChatStore } from '../../../chat/store.ts';
import type { Database } from '../database.ts';
import { createConversationStore } from './conversation-store.ts';
import { createRunStore } from './run-store.ts';

/** Everything that is kept of chats. */
export function createChatStore(database: Database): ChatStore {
  return {
    conversations: createConversationStore(database),
    runs: createRunStore(database),
    artifacts: createArtifactRows(database),
  };
}

const FACTS = [
  'chat_artifact.id',
  'chat_artifact.conversation_id as conversationId',
  'chat_artifact.hash',
  'chat_artifact.media_type as mediaType',
  'chat_artifact.name',
  'chat_artifact.size',
  'chat_artifact.created_at_ms as createdAtMs',
] as const;

function createArtifactRows({ query, transact }: Database): ArtifactRows {
  return {
    insert: async (place, file, createdAtMs) => {
      await transact('insertChatArtifact', { place, file, createdAtMs });
    },
    get: (tenant, id) =>
      query
        .selectFrom('chat_artifact')
        .innerJoin('chat_blob', (join) =>
          join
            .onRef('chat_blob.tenant_id', '=', 'chat_artifact.tenant_id')
            .onRef('chat_blob.hash', '=', 'chat_artifact.hash'),
        )
        .select(FACTS)
        .select('chat_blob.bytes')
        .where('chat_artifact.tenant_id', '=', tenant)
        .where('chat_artifact.id', '=', id)
        .executeTakeFirst(),
    list: (tenant, conversationId) =>
      query
        .selectFrom('chat_artifact')
        .select(FACTS)
        .where('tenant_id', '=', tenant)
        .where('conversation_id', '=', conversationId)
        .orderBy('id')
        .execute(),
  };
}
