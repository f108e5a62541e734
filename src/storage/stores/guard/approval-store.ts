import type { ApprovalStore } from '../../../gateway/approvals/store.ts';
import type { Database } from '../database.ts';
import { toApproval } from '../rows/stored-approvals.ts';

/** Approvals. */
export function createApprovalStore({ query, transact }: Database): ApprovalStore {
  return {
    request: (tenant, approval, waitingMax) =>
      transact('requestApproval', { tenant, approval, waitingMax }),
    get: async (tenant, id) => {
      const row = await query
        .selectFrom('approval')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : toApproval(row);
    },
    list: async (tenant, { state, nowMs, rowsMax }) => {
      let select = query.selectFrom('approval').selectAll().where('tenant_id', '=', tenant);
      if (state === 'denied') {
        select = select.where((is) =>
          is.or([
            is('state', '=', 'denied'),
            is.and([is('state', '<>', 'used'), is('expires_at_ms', '<=', nowMs)]),
          ]),
        );
      } else if (state === 'used') select = select.where('state', '=', 'used');
      else if (state !== undefined) {
        select = select.where('state', '=', state).where('expires_at_ms', '>', nowMs);
      }
      const rows = await select.orderBy('id', 'desc').limit(rowsMax).execute();
      return rows.map(toApproval);
    },
    ofUser: async (tenant, userId, after, rowsMax) => {
      const rows = await query
        .selectFrom('approval')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', '>', after)
        .where((is) => is.or([is('subject_id', '=', userId), is('decided_by', '=', userId)]))
        .orderBy('id')
        .limit(rowsMax)
        .execute();
      return rows.map(toApproval);
    },
    decide: (tenant, id, decision) => transact('decideApproval', { tenant, id, decision }),
    use: async (tenant, id, { binding, workId, atMs }) => {
      const { numUpdatedRows } = await query
        .updateTable('approval')
        .set({ state: 'used', work_id: workId })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .where('binding', '=', binding)
        .where('state', '=', 'approved')
        .where('expires_at_ms', '>', atMs)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    noteRound: async (tenant, hash, expiresAtMs) => {
      const { numInsertedOrUpdatedRows } = await query
        .insertInto('approval_round')
        .values({ tenant_id: tenant, hash, expires_at_ms: expiresAtMs })
        .onConflict((conflict) => conflict.columns(['tenant_id', 'hash']).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    deleteAllExpired: (before, fence) => transact('removeExpiredApprovals', { before, fence }),
  };
}
