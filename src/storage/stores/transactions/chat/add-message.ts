import type { StoredMessage } from '../../../../chat/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { searchTextOf } from '../../rows/chat-rows.ts';
import { sql } from '../../sql.ts';
import { change, type Steps } from '../../transaction.ts';

/** Adds a message to a conversation. */
export function* addMessage(tenant: TenantId, message: StoredMessage): Steps<null> {
  const { id, conversationId, parentId, runId, role, parts, createdAtMs } = message;
  const { model = null, usage, cost } = message;
  yield* change(sql`INSERT INTO chat_message (tenant_id, id, conversation_id, parent_id, run_id,
      role, parts, search_text, model, usage, cost_nano, currency, created_at_ms)
    VALUES (${tenant}, ${id}, ${conversationId}, ${parentId}, ${runId}, ${role},
      ${JSON.stringify(parts)}, ${searchTextOf(message)}, ${model},
      ${usage === undefined ? null : JSON.stringify(usage)}, ${cost?.nano ?? null},
      ${cost?.currency ?? null}, ${createdAtMs})`);
  return null;
}
