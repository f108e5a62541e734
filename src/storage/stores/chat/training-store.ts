import type { TrainingStore } from '../../../chat/training/store.ts';
import type { Database } from '../database.ts';

/** Who consents to training, and what is said of answers. */
export function createTrainingStore({ query }: Database): TrainingStore {
  return {
    consent: async (tenant, { kind, id }) => {
      const row = await query
        .selectFrom('chat_consent')
        .select('given_at_ms')
        .where('tenant_id', '=', tenant)
        .where('subject_id', '=', id)
        .where('subject_kind', '=', kind)
        .executeTakeFirst();
      return row?.given_at_ms ?? null;
    },
    setConsent: async (tenant, { kind, id }, atMs) => {
      if (atMs === null) {
        await query
          .deleteFrom('chat_consent')
          .where('tenant_id', '=', tenant)
          .where('subject_id', '=', id)
          .execute();
        return;
      }
      const row = { tenant_id: tenant, subject_kind: kind, subject_id: id, given_at_ms: atMs };
      await query
        .insertInto('chat_consent')
        .values(row)
        .onConflict((there) => there.columns(['tenant_id', 'subject_id']).doNothing())
        .execute();
    },
    consenting: (tenant, afterId, rowsMax) =>
      query
        .selectFrom('chat_consent')
        .select(['subject_kind as kind', 'subject_id as id'])
        .where('tenant_id', '=', tenant)
        .where('subject_id', '>', afterId)
        .orderBy('subject_id')
        .limit(rowsMax)
        .execute(),
    putFeedback: async (tenant, conversationId, { messageId, rating, corrected, atMs }) => {
      const said = { rating, corrected, at_ms: atMs };
      const place = { tenant_id: tenant, message_id: messageId, conversation_id: conversationId };
      await query
        .insertInto('chat_feedback')
        .values({ ...place, ...said })
        .onConflict((there) => there.columns(['tenant_id', 'message_id']).doUpdateSet(said))
        .execute();
    },
    removeFeedback: async (tenant, conversationId, messageId) => {
      const removed = await query
        .deleteFrom('chat_feedback')
        .where('tenant_id', '=', tenant)
        .where('conversation_id', '=', conversationId)
        .where('message_id', '=', messageId)
        .executeTakeFirst();
      return removed.numDeletedRows > 0n;
    },
    feedback: (tenant, conversationId) =>
      query
        .selectFrom('chat_feedback')
        .select(['message_id as messageId', 'rating', 'corrected', 'at_ms as atMs'])
        .where('tenant_id', '=', tenant)
        .where('conversation_id', '=', conversationId)
        .orderBy('message_id')
        .execute(),
  };
}
