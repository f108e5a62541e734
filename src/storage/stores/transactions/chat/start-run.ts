import type { Conversation, RunStart, StartRefusal, TakenRun } from '../../../../chat/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toConversation, writeRunLimits, type ConversationRow } from '../../rows/chat-rows.ts';
import { sql, type SqlText } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { addArtifact, hasRoomFor } from './artifacts.ts';
import { addMessage } from './add-message.ts';

type Start = RunStart & { readonly tenant: TenantId };

/** Writes a user's message, the run that answers it and its lease; or says why not. */
export function* startChatRun(start: Start): Steps<TakenRun | StartRefusal> {
  const { tenant, conversationId, ownerId, run, files, message } = start;
  const found = yield* conversationOf(start);
  if ('refused' in found) return found;
  const busy = yield* refusalOf(start);
  if (busy !== undefined) return busy;
  const parentId = start.isAtHead ? found.headId : message.parentId;
  if (!start.isAtHead && parentId !== null) {
    const parent = yield* firstRow(sql`SELECT id FROM chat_message WHERE tenant_id = ${tenant}
      AND conversation_id = ${conversationId} AND id = ${parentId}`);
    if (parent === undefined) return { refused: 'no_parent' };
  }
  if (!(yield* hasRoomFor(tenant, files, limits.chatArtifactBytesPerTenantMax))) {
    return { refused: 'artifacts' };
  }
  // Nothing was written up to here: what returns above leaves nothing behind.
  if (start.begins !== undefined) yield* addConversation(tenant, start.begins);
  for (const file of files) {
    yield* addArtifact({ tenant, conversationId }, file, message.createdAtMs);
  }
  yield* addMessage(tenant, { ...message, conversationId, parentId });
  yield* change(sql`INSERT INTO chat_run (tenant_id, id, conversation_id, status, stop_asked,
      grant_id, credential_id, model, limits, head_id, worked_ms, lease_holder, lease_number,
      lease_until_ms, created_at_ms, caller)
    VALUES (${tenant}, ${run.id}, ${conversationId}, 'running', 0, ${run.grantId},
      ${run.credentialId}, ${run.model}, ${writeRunLimits(run.limits)}, ${message.id}, 0,
      ${start.holder}, 1, (SELECT now_ms FROM database_clock) + ${start.lifeMs},
      ${run.createdAtMs}, ${run.caller === null ? null : JSON.stringify(run.caller)})`);
  yield* change(sql`UPDATE chat_conversation SET head_id = ${message.id},
      changed_at_ms = ${message.createdAtMs}
    WHERE tenant_id = ${tenant} AND id = ${conversationId} AND subject_id = ${ownerId}`);
  const conversation = { ...found, headId: message.id, changedAtMs: message.createdAtMs };
  const fence = { runId: run.id, number: 1 };
  return { run: { ...run, headId: message.id }, conversation, fence, lastSeq: 0 };
}

/** The conversation that goes on, which nobody else goes on with until this ends, or a new one. */
function* conversationOf(start: Start): Steps<Conversation | StartRefusal> {
  const { tenant, conversationId, ownerId, begins } = start;
  if (begins !== undefined) {
    const others = yield* rowsOf(sql`SELECT count(*) AS rows FROM chat_conversation
      WHERE tenant_id = ${tenant} AND subject_id = ${ownerId}`);
    if (others >= limits.chatConversationsPerUserMax) return { refused: 'conversations' };
    return begins;
  }
  yield* change(sql`UPDATE chat_conversation SET version = version
    WHERE tenant_id = ${tenant} AND id = ${conversationId} AND subject_id = ${ownerId}`);
  const row = yield* firstRow<ConversationRow>(sql`SELECT * FROM chat_conversation
    WHERE tenant_id = ${tenant} AND id = ${conversationId} AND subject_id = ${ownerId}`);
  return row === undefined ? { refused: 'no_conversation' } : toConversation(row);
}

function* refusalOf(start: Start): Steps<StartRefusal | undefined> {
  const { tenant, conversationId, ownerId } = start;
  const open = yield* firstRow<{ readonly id: string }>(sql`SELECT id FROM chat_run
    WHERE tenant_id = ${tenant} AND conversation_id = ${conversationId} AND status <> 'finished'`);
  if (open !== undefined) return { refused: 'open_run', runId: open.id };
  const said = yield* rowsOf(sql`SELECT count(*) AS rows FROM chat_message
    WHERE tenant_id = ${tenant} AND conversation_id = ${conversationId}`);
  if (said >= limits.chatMessagesPerConversationMax) return { refused: 'messages' };
  const theirs = yield* rowsOf(sql`SELECT count(*) AS rows FROM chat_run AS r
    JOIN chat_conversation AS c ON c.tenant_id = r.tenant_id AND c.id = r.conversation_id
    WHERE r.tenant_id = ${tenant} AND r.status = 'running' AND c.subject_id = ${ownerId}`);
  if (theirs >= limits.chatRunsPerUserMax) return { refused: 'user_runs' };
  const all = yield* rowsOf(sql`SELECT count(*) AS rows FROM chat_run
    WHERE tenant_id = ${tenant} AND status = 'running'`);
  return all >= limits.chatRunsPerTenantMax ? { refused: 'tenant_runs' } : undefined;
}

/** Adds a conversation. */
export function* addConversation(tenant: TenantId, conversation: Conversation): Steps<null> {
  const { id, owner, title, agent, headId, createdAtMs, changedAtMs, version } = conversation;
  yield* change(sql`INSERT INTO chat_conversation (tenant_id, id, subject_kind, subject_id, title,
      agent, agent_version, agent_values, head_id, created_at_ms, changed_at_ms, version)
    VALUES (${tenant}, ${id}, ${owner.kind}, ${owner.id}, ${title}, ${agent?.id ?? null},
      ${agent?.version ?? null}, ${agent === null ? null : JSON.stringify(agent.values)}, ${headId},
      ${createdAtMs}, ${changedAtMs}, ${version})`);
  return null;
}

/** The one number that a statement counts as `rows`. */
export function* rowsOf(counting: SqlText): Steps<number> {
  const row = yield* firstRow<{ readonly rows: number }>(counting);
  return row?.rows ?? 0;
}
