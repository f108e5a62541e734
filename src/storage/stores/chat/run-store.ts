import { sql } from 'kysely';
import type { CallState, RunAnswer, RunEvent, RunStore, RunWait } from '../../../chat/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toRun } from '../rows/chat-rows.ts';

/** Runs, and what belongs to them. */
export function createRunStore(database: Database): RunStore {
  const { query, transact } = database;
  const rows = (tenant: TenantId) =>
    query.selectFrom('chat_run').selectAll().where('tenant_id', '=', tenant);
  return {
    start: (tenant, start) => transact('startChatRun', { ...start, tenant }),
    get: async (tenant, id) => {
      const row = await rows(tenant).where('id', '=', id).executeTakeFirst();
      return row && toRun(row);
    },
    ofConversation: async (tenant, conversationId, rowsMax) => {
      const found = await rows(tenant)
        .where('conversation_id', '=', conversationId)
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(rowsMax)
        .execute();
      return found.map((row) => toRun(row));
    },
    take: async (tenant, id, holder, lifeMs) =>
      (await transact('takeChatRun', { tenant, id, holder, lifeMs })) ?? undefined,
    write: (tenant, fence, write) => transact('writeChatRun', { tenant, fence, write }),
    askStop: async (tenant, id) => {
      const asked = await query
        .updateTable('chat_run')
        .set({ stop_asked: 1 })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .where('status', '<>', 'finished')
        .executeTakeFirst();
      return asked.numUpdatedRows > 0n;
    },
    answer: (tenant, write) => transact('answerChatRun', { tenant, write }),
    ...waitReads(query),
    ...leases(query),
    ...traces(query),
  };
}

function leases(query: QueryBuilder): Pick<RunStore, 'renew' | 'orphans'> {
  return {
    renew: async (tenant, { runId, number }, lifeMs) => {
      const row = await query
        .updateTable('chat_run')
        .set(({ selectFrom, eb }) => ({
          lease_until_ms: eb(selectFrom('database_clock').select('now_ms'), '+', lifeMs).$notNull(),
        }))
        .where('tenant_id', '=', tenant)
        .where('id', '=', runId)
        .where('lease_number', '=', number)
        .where('status', '=', 'running')
        .returning('stop_asked')
        .executeTakeFirst();
      return row && { isStopAsked: row.stop_asked === 1 };
    },
    orphans: (holder, rowsMax) =>
      query
        .selectFrom('chat_run')
        .select(['tenant_id as tenant', 'id'])
        .where('status', '=', 'running')
        .where(({ or, eb, selectFrom }) =>
          or([
            eb('lease_until_ms', '<=', selectFrom('database_clock').select('now_ms')),
            eb('lease_holder', '=', holder),
          ]),
        )
        .orderBy('lease_until_ms')
        .limit(rowsMax)
        .execute(),
  };
}

function waitReads(query: QueryBuilder): Pick<RunStore, 'waits' | 'waitingFor' | 'allowed'> {
  return {
    waits: async (tenant, runId) => {
      const found = await query
        .selectFrom('chat_wait')
        .select(['wait', 'answer'])
        .where('tenant_id', '=', tenant)
        .where('run_id', '=', runId)
        .orderBy('place')
        .execute();
      return found.map(({ wait, answer }) => ({
        wait: JSON.parse(wait) as RunWait,
        answer: answer === null ? null : (JSON.parse(answer) as RunAnswer),
      }));
    },
    waitingFor: async (tenant, waitId) => {
      const row = await query
        .selectFrom('chat_run as r')
        .innerJoin('chat_wait as w', (join) =>
          join.onRef('w.tenant_id', '=', 'r.tenant_id').onRef('w.run_id', '=', 'r.id'),
        )
        .selectAll('r')
        .where('r.tenant_id', '=', tenant)
        .where('w.id', '=', waitId)
        .where('w.answer', 'is', null)
        .where('r.status', '=', 'waiting')
        .executeTakeFirst();
      return row && toRun(row);
    },
    allowed: (tenant, conversationId) =>
      query
        .selectFrom('chat_allowed_tool')
        .select(['tool', 'digest'])
        .where('tenant_id', '=', tenant)
        .where('conversation_id', '=', conversationId)
        .orderBy('tool')
        .execute(),
  };
}

function traces(query: QueryBuilder): Pick<RunStore, 'calls' | 'events' | 'spent'> {
  return {
    spent: async (tenant, { runId, conversationId }) => {
      const found = await query
        .selectFrom('chat_spent')
        .select(['run_id', 'currency'])
        .select(sql<string>`CAST(sum(nano) AS text)`.as('nano'))
        .where('tenant_id', '=', tenant)
        .where('conversation_id', '=', conversationId)
        .groupBy(['run_id', 'currency'])
        .execute();
      return found.map(({ run_id, currency, nano }) => ({
        isOfRun: run_id === runId,
        nano: BigInt(nano),
        currency,
      }));
    },
    calls: async (tenant, runId) => {
      const found = await query
        .selectFrom('chat_call')
        .select(['call_id as callId', 'detail'])
        .where('tenant_id', '=', tenant)
        .where('run_id', '=', runId)
        .execute();
      return new Map(found.map(({ callId, detail }) => [callId, JSON.parse(detail) as CallState]));
    },
    events: async (tenant, runId, after, rowsMax) => {
      const found = await query
        .selectFrom('chat_event')
        .select(['seq', 'event'])
        .where('tenant_id', '=', tenant)
        .where('run_id', '=', runId)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(rowsMax)
        .execute();
      return found.map(({ seq, event }) => ({ seq, event: JSON.parse(event) as RunEvent }));
    },
  };
}
