import type {
  DraftPlace,
  NewPlanVersion,
  Plan,
  PlanTerms,
  PlanUpdate,
  StoredPlanVersion,
} from '../../../../billing/plans/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import { toPlan, toPlanVersion, type PlanRow, type PlanVersionRow } from '../../rows/plan-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { countRows } from '../identity/count-rows.ts';

/** Adds a plan. */
export function* insertPlan(plan: Plan): Steps<null> {
  yield* countRows(sql`SELECT count(*) AS rows FROM plan`, limits.plansMax, 'plans');
  yield* change(sql`INSERT INTO plan (id, name, description, created_at_ms, updated_at_ms, version)
    VALUES (${plan.id}, ${plan.name}, ${plan.description}, ${plan.createdAtMs},
      ${plan.updatedAtMs}, ${plan.version})`);
  return null;
}

/** Renames or describes a plan; what it is then, undefined when there is none. */
export function* updatePlan({
  id,
  update,
}: {
  readonly id: string;
  readonly update: PlanUpdate;
}): Steps<Plan | undefined> {
  const row = yield* storedPlan(id);
  if (row === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(row.version, ifVersion);
  const after = { ...toPlan(row), ...changed, version: row.version + 1 };
  yield* change(sql`UPDATE plan SET name = ${after.name}, description = ${after.description},
      updated_at_ms = ${after.updatedAtMs}, version = ${after.version} WHERE id = ${id}`);
  return after;
}

/** Removes a plan of which nothing was published, with its drafts. */
export function* removePlan({
  id,
  ifVersion,
}: {
  readonly id: string;
  readonly ifVersion: number | undefined;
}): Steps<boolean> {
  const row = yield* storedPlan(id);
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  const published = yield* firstRow(sql`SELECT id FROM plan_version
    WHERE plan_id = ${id} AND status = 'published' LIMIT 1`);
  if (published !== undefined) {
    throw new GatewayError('conflict', 'A plan with a published version stays.');
  }
  yield* change(sql`DELETE FROM plan_version WHERE plan_id = ${id}`);
  yield* change(sql`DELETE FROM plan WHERE id = ${id}`);
  return true;
}

/** Adds a draft under the next number of its plan. */
export function* insertPlanVersion(draft: NewPlanVersion): Steps<StoredPlanVersion | undefined> {
  const { id, planId, terms, createdAtMs } = draft;
  if ((yield* storedPlan(planId)) === undefined) return undefined;
  const counting = sql`SELECT count(*) AS rows FROM plan_version WHERE plan_id = ${planId}`;
  yield* countRows(counting, limits.planVersionsMax, 'versions of this plan');
  const row = yield* firstRow<{ readonly last: number | null }>(sql`SELECT max(number) AS last
    FROM plan_version WHERE plan_id = ${planId}`);
  const number = (row?.last ?? 0) + 1;
  yield* change(sql`INSERT INTO plan_version (id, plan_id, number, status, terms, created_at_ms,
      updated_at_ms, published_at_ms, version)
    VALUES (${id}, ${planId}, ${number}, 'draft', ${JSON.stringify(terms)}, ${createdAtMs},
      ${createdAtMs}, NULL, 1)`);
  const made = { id, planId, number, terms, createdAtMs, updatedAtMs: createdAtMs, version: 1 };
  return { ...made, status: 'draft', publishedAtMs: null };
}

/** Gives a draft other terms. */
export function* updatePlanDraft({
  place,
  terms,
  atMs,
}: {
  readonly place: DraftPlace;
  readonly terms: PlanTerms;
  readonly atMs: number;
}): Steps<StoredPlanVersion | undefined> {
  const draft = yield* storedDraft(place);
  if (draft === undefined) return undefined;
  const version = draft.version + 1;
  yield* change(sql`UPDATE plan_version SET terms = ${JSON.stringify(terms)},
      updated_at_ms = ${atMs}, version = ${version} WHERE id = ${place.id}`);
  return { ...draft, terms, updatedAtMs: atMs, version };
}

/** Removes a draft. */
export function* removePlanDraft(place: DraftPlace): Steps<boolean> {
  if ((yield* storedDraft(place)) === undefined) return false;
  yield* change(sql`DELETE FROM plan_version WHERE id = ${place.id}`);
  return true;
}

/** Makes a draft final; nobody changes it any more. */
export function* publishPlanVersion({
  place,
  atMs,
}: {
  readonly place: DraftPlace;
  readonly atMs: number;
}): Steps<StoredPlanVersion | undefined> {
  const draft = yield* storedDraft(place);
  if (draft === undefined) return undefined;
  const version = draft.version + 1;
  yield* change(sql`UPDATE plan_version SET status = 'published', published_at_ms = ${atMs},
      updated_at_ms = ${atMs}, version = ${version} WHERE id = ${place.id}`);
  return { ...draft, status: 'published', publishedAtMs: atMs, updatedAtMs: atMs, version };
}

function storedPlan(id: string): Steps<PlanRow | undefined> {
  return firstRow<PlanRow>(sql`SELECT * FROM plan WHERE id = ${id}`);
}

function* storedDraft({ planId, id, ifVersion }: DraftPlace): Steps<StoredPlanVersion | undefined> {
  const row = yield* firstRow<PlanVersionRow>(sql`SELECT * FROM plan_version
    WHERE plan_id = ${planId} AND id = ${id}`);
  if (row === undefined) return undefined;
  if (row.status === 'published') {
    const text = 'This version is published and never changes; make a new draft from it.';
    throw new GatewayError('conflict', text);
  }
  checkVersion(row.version, ifVersion);
  return toPlanVersion(row);
}
