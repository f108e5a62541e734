import type {
  AnswerOutcome,
  AnswerWrite,
  RunFence,
  RunRestWrite,
  RunWrite,
  TakenRun,
} from '../../../../chat/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toConversation, toRun, type ConversationRow, type RunRow } from '../../rows/chat-rows.ts';
import { sql } from '../../sql.ts';
import { addRows, allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { addMessage } from './add-message.ts';

/** Takes a run that nobody works on; null when there is nothing to take. */
export function* takeChatRun({
  tenant,
  id,
  holder,
  lifeMs,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly holder: string;
  readonly lifeMs: number;
}): Steps<TakenRun | null> {
  const row = yield* firstRow<RunRow>(sql`UPDATE chat_run SET status = 'running',
      lease_holder = ${holder}, lease_number = lease_number + 1,
      lease_until_ms = (SELECT now_ms FROM database_clock) + ${lifeMs}
    WHERE tenant_id = ${tenant} AND id = ${id} AND (status = 'waiting' OR (status = 'running'
      AND (lease_holder = ${holder}
        OR lease_until_ms <= (SELECT now_ms FROM database_clock))))
    RETURNING *`);
  if (row === undefined) return null;
  const conversation = yield* firstRow<ConversationRow>(sql`SELECT * FROM chat_conversation
    WHERE tenant_id = ${tenant} AND id = ${row.conversation_id}`);
  if (conversation === undefined) return null;
  const last = yield* firstRow<{ readonly seq: number | null }>(sql`SELECT max(seq) AS seq
    FROM chat_event WHERE tenant_id = ${tenant} AND run_id = ${id}`);
  return {
    run: toRun(row),
    conversation: toConversation(conversation),
    fence: { runId: id, number: row.lease_number },
    lastSeq: last?.seq ?? 0,
  };
}

const eventTarget = {
  table: 'chat_event',
  columns: { tenant_id: 'text', run_id: 'text', seq: 'bigint', event: 'text' },
} as const;

/** Writes what the holder of a run brings, all or nothing; throws `conflict` for anybody else. */
export function* writeChatRun({
  tenant,
  fence: { runId, number },
  write,
}: {
  readonly tenant: TenantId;
  readonly fence: RunFence;
  readonly write: RunWrite;
}): Steps<{ readonly isStopAsked: boolean }> {
  const { message, call, events = [], spent, rest, workedMs, atMs } = write;
  const held = yield* firstRow<{ readonly stop_asked: number; readonly conversation_id: string }>(
    sql`UPDATE chat_run SET worked_ms = ${workedMs}
      WHERE tenant_id = ${tenant} AND id = ${runId} AND lease_number = ${number}
        AND status = 'running'
      RETURNING stop_asked, conversation_id`,
  );
  if (held === undefined) throw new GatewayError('conflict', 'Another instance has this run.');
  if (message !== undefined) {
    yield* addMessage(tenant, message);
    yield* change(sql`UPDATE chat_run SET head_id = ${message.id}
      WHERE tenant_id = ${tenant} AND id = ${runId}`);
    yield* change(sql`UPDATE chat_conversation SET head_id = ${message.id}, changed_at_ms = ${atMs}
      WHERE tenant_id = ${tenant} AND id = ${held.conversation_id}`);
  }
  if (call !== undefined) {
    const { callId, state } = call;
    const usageId = state.state === 'ended' ? state.result.usageId : null;
    yield* change(sql`INSERT INTO chat_call
        (tenant_id, run_id, call_id, state, detail, usage_id, changed_at_ms)
      VALUES (${tenant}, ${runId}, ${callId}, ${state.state}, ${JSON.stringify(state)},
        ${usageId}, ${atMs})
      ON CONFLICT (tenant_id, run_id, call_id) DO UPDATE SET state = excluded.state,
        detail = excluded.detail, usage_id = excluded.usage_id,
        changed_at_ms = excluded.changed_at_ms`);
  }
  if (spent !== undefined) {
    const { id, nano, currency } = spent;
    yield* change(sql`INSERT INTO chat_spent
        (tenant_id, id, conversation_id, run_id, nano, currency)
      VALUES (${tenant}, ${id}, ${held.conversation_id}, ${runId}, ${nano}, ${currency})
      ON CONFLICT (tenant_id, id) DO UPDATE SET nano = excluded.nano,
        currency = excluded.currency`);
  }
  yield* addRows(
    eventTarget,
    events.map(({ seq, event }) => [tenant, runId, seq, JSON.stringify(event)]),
  );
  if (rest !== undefined) yield* comeToRest(tenant, runId, rest, atMs);
  return { isStopAsked: held.stop_asked === 1 };
}

function* comeToRest(
  tenant: TenantId,
  runId: string,
  rest: RunRestWrite,
  atMs: number,
): Steps<null> {
  if (rest.status === 'finished') {
    yield* change(sql`UPDATE chat_run SET status = 'finished', stop_reason = ${rest.reason},
        lease_until_ms = 0, ended_at_ms = ${atMs}
      WHERE tenant_id = ${tenant} AND id = ${runId}`);
    return null;
  }
  yield* change(sql`UPDATE chat_run SET status = 'waiting', lease_until_ms = 0
    WHERE tenant_id = ${tenant} AND id = ${runId}`);
  // What was answered before has been acted on.
  yield* change(sql`DELETE FROM chat_wait WHERE tenant_id = ${tenant} AND run_id = ${runId}`);
  for (const [place, wait] of rest.waits.entries()) {
    yield* change(sql`INSERT INTO chat_wait (tenant_id, run_id, id, place, wait)
      VALUES (${tenant}, ${runId}, ${wait.id}, ${place}, ${JSON.stringify(wait)})`);
  }
  return null;
}

/** Keeps what a person says to a run that waits. */
export function* answerChatRun({
  tenant,
  write: { runId, answers, allowed, atMs },
}: {
  readonly tenant: TenantId;
  readonly write: AnswerWrite;
}): Steps<AnswerOutcome> {
  // Written to, so that nobody takes or answers it meanwhile.
  const run = yield* firstRow<{ readonly conversation_id: string }>(sql`UPDATE chat_run
    SET lease_number = lease_number
    WHERE tenant_id = ${tenant} AND id = ${runId} AND status = 'waiting'
    RETURNING conversation_id`);
  if (run === undefined) return 'not_waiting';
  const waits = yield* allRows<{ id: string; wait: string; answer: string | null }>(sql`SELECT id,
    wait, answer FROM chat_wait WHERE tenant_id = ${tenant} AND run_id = ${runId}`);
  const open = new Map(waits.filter(({ answer }) => answer === null).map((one) => [one.id, one]));
  for (const answer of answers) {
    const asked = open.get(answer.id);
    const isOne = asked && (JSON.parse(asked.wait) as { kind: string }).kind === answer.kind;
    if (isOne !== true || !open.delete(answer.id)) return 'unknown';
  }
  for (const answer of answers) {
    yield* change(sql`UPDATE chat_wait SET answer = ${JSON.stringify(answer)},
        answered_at_ms = ${atMs}
      WHERE tenant_id = ${tenant} AND run_id = ${runId} AND id = ${answer.id}`);
  }
  for (const { tool, digest } of allowed) {
    yield* change(sql`INSERT INTO chat_allowed_tool
        (tenant_id, conversation_id, tool, digest, created_at_ms)
      VALUES (${tenant}, ${run.conversation_id}, ${tool}, ${digest}, ${atMs})
      ON CONFLICT (tenant_id, conversation_id, tool) DO UPDATE SET digest = excluded.digest,
        created_at_ms = excluded.created_at_ms`);
  }
  return open.size === 0 ? 'complete' : 'partly';
}
