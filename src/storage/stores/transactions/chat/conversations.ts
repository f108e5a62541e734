import type { Conversation, WholeConversation } from '../../../../chat/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { Fence } from '../../../../kernel/fence.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toConversation, type ConversationRow } from '../../rows/chat-rows.ts';
import { sql, tuples } from '../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { holdsFence } from '../leases.ts';
import { addMessage } from './add-message.ts';
import { addConversation, rowsOf } from './start-run.ts';

/** Gives a conversation another title; what it is then, null for none. */
export function* renameConversation({
  tenant,
  id,
  title,
  ifVersion,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly title: string;
  readonly ifVersion: number | null;
}): Steps<Conversation | null> {
  const row = yield* firstRow<ConversationRow>(sql`UPDATE chat_conversation SET title = ${title},
      version = version + 1
    WHERE tenant_id = ${tenant} AND id = ${id} RETURNING *`);
  if (row === undefined) return null;
  checkVersion(row.version - 1, ifVersion ?? undefined);
  return toConversation(row);
}

/** Writes a conversation with its messages and its files, whose bytes the tenant has already. */
export function* insertWholeConversation({
  tenant,
  whole: { conversation, messages, artifacts },
}: {
  readonly tenant: TenantId;
  readonly whole: WholeConversation;
}): Steps<null> {
  const others = yield* rowsOf(sql`SELECT count(*) AS rows FROM chat_conversation
    WHERE tenant_id = ${tenant} AND subject_id = ${conversation.owner.id}`);
  if (others >= limits.chatConversationsPerUserMax) {
    const text = `You have ${others} conversations, which is all you may; delete some.`;
    throw new GatewayError('conflict', text);
  }
  yield* addConversation(tenant, conversation);
  for (const message of messages) yield* addMessage(tenant, message);
  for (const { id, copyOf } of artifacts) {
    yield* change(sql`INSERT INTO chat_artifact
        (tenant_id, id, conversation_id, hash, media_type, name, size, created_at_ms)
      SELECT tenant_id, ${id}, ${conversation.id}, hash, media_type, name, size,
        ${conversation.createdAtMs}
      FROM chat_artifact WHERE tenant_id = ${tenant} AND id = ${copyOf}`);
  }
  return null;
}

/** Deletes a page of conversations that changed last before a moment; true when more may be. */
export function* deleteOldConversations({
  tenant,
  beforeMs,
  fence,
}: {
  readonly tenant: TenantId;
  readonly beforeMs: number;
  readonly fence: Fence;
}): Steps<boolean> {
  const rowsMax = limits.retentionRowsMax;
  const old = yield* allRows<{ readonly id: string }>(sql`SELECT id FROM chat_conversation AS c
    WHERE tenant_id = ${tenant} AND changed_at_ms < ${beforeMs}
      AND NOT EXISTS (SELECT 1 FROM chat_run AS r WHERE r.tenant_id = c.tenant_id
        AND r.conversation_id = c.id AND r.status = 'running')
    ORDER BY id LIMIT ${rowsMax}`);
  // The fence is a write: a quiet disk is left alone.
  if (old.length === 0 || !(yield* holdsFence(fence))) return false;
  yield* change(sql`DELETE FROM chat_conversation WHERE tenant_id = ${tenant}
    AND id IN (VALUES ${tuples(old.map(({ id }) => [id]))})`);
  return old.length === rowsMax;
}
