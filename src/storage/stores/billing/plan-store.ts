import type { PlanStore } from '../../../billing/plans/store.ts';
import type { Database } from '../database.ts';
import { toPlan, toPlanVersion, toPlanVersionHead } from '../rows/plan-rows.ts';

/** Price lists and their versions. */
export function createPlanStore({ query, transact }: Database): PlanStore {
  const plans = () => query.selectFrom('plan').selectAll();
  const versions = () => query.selectFrom('plan_version').selectAll();
  return {
    list: async () => (await plans().orderBy('name').orderBy('id').execute()).map(toPlan),
    get: async (id) => {
      const row = await plans().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : toPlan(row);
    },
    insert: async (plan) => {
      await transact('insertPlan', plan);
    },
    update: (id, update) => transact('updatePlan', { id, update }),
    delete: (id, ifVersion) => transact('removePlan', { id, ifVersion }),
    versions: async (planId) => {
      const rows = await query
        .selectFrom('plan_version')
        .select(['id', 'plan_id', 'number', 'status', 'created_at_ms', 'updated_at_ms'])
        .select(['published_at_ms', 'version'])
        .where('plan_id', '=', planId)
        .orderBy('number', 'desc')
        .execute();
      return rows.map(toPlanVersionHead);
    },
    version: async (planId, id) => {
      const row = await versions()
        .where('plan_id', '=', planId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : toPlanVersion(row);
    },
    versionById: async (id) => {
      const row = await versions().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : toPlanVersion(row);
    },
    insertVersion: (draft) => transact('insertPlanVersion', draft),
    updateDraft: (place, terms, atMs) => transact('updatePlanDraft', { place, terms, atMs }),
    deleteDraft: (place) => transact('removePlanDraft', place),
    publish: (place, atMs) => transact('publishPlanVersion', { place, atMs }),
  };
}
