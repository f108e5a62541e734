import { z } from '@hono/zod-openapi';
import { planTermsSchema } from '../../../../billing/plans/plan-terms-schema.ts';
import type { Plan, PlanVersionHead, StoredPlanVersion } from '../../../../billing/plans/store.ts';
import { description, pathId, shownName } from '../../grants/identity-fields.ts';

/** A plan. */
export const planSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    version: z.int(),
  })
  .openapi('Plan');

/** All plans. */
export const plansSchema = z.strictObject({ plans: z.array(planSchema) }).openapi('Plans');

/** A new plan. */
export const planRequestSchema = z
  .strictObject({ name: shownName, description: description.optional() })
  .openapi('PlanRequest');

/** What changes of a plan. */
export const planChangeSchema = z
  .strictObject({ name: shownName.optional(), description: description.optional() })
  .openapi('PlanChange');

const head = {
  id: z.string(),
  planId: z.string(),
  number: z.int(),
  status: z.enum(['draft', 'published']),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  publishedAtMs: z.int().nullable(),
  version: z.int(),
};

/** A version without its terms. */
export const versionHeadSchema = z.strictObject(head).openapi('PlanVersionHead');

/** A version with its terms. */
export const versionSchema = z
  .strictObject({ ...head, terms: planTermsSchema })
  .openapi('PlanVersion');

/** The versions of a plan. */
export const versionsSchema = z
  .strictObject({ versions: z.array(versionHeadSchema) })
  .openapi('PlanVersions');

/** A new draft: with terms, or with those of another version of the plan. */
export const versionRequestSchema = z
  .strictObject({
    from: pathId.describe('A version of the plan whose terms are taken over.').optional(),
    terms: planTermsSchema.optional(),
  })
  .openapi('PlanVersionRequest');

/** What keeps a version from being published. */
export const problemsSchema = z
  .strictObject({
    problems: z.array(z.strictObject({ field: z.string(), problem: z.string(), fix: z.string() })),
  })
  .openapi('PlanVersionProblems');

/** The plan of a path. */
export const planParams = z.strictObject({ plan: pathId });

/** The version of a path. */
export const versionParams = z.strictObject({ plan: pathId, version: pathId });

/** A plan as the API shows it. */
export function planJson(plan: Plan): z.output<typeof planSchema> {
  return plan;
}

/** A version as the API shows it, with or without its terms. */
export function versionJson<Version extends PlanVersionHead | StoredPlanVersion>(
  version: Version,
): Version {
  return version;
}

/** Terms that are an example of themselves. */
export const exampleTerms = {
  currency: 'USD',
  period: { unit: 'month', count: 1 },
  rules: [
    {
      id: 'searches',
      title: 'Searches',
      match: { tools: ['maps__find*'] },
      unit: 'call',
      price: {
        model: 'graduated',
        tiers: [
          { upTo: '1000', unitAmount: '0.002' },
          { upTo: null, unitAmount: '0.001' },
        ],
      },
      priority: 0,
    },
  ],
  recurring: [],
  rounding: { mode: 'half_even', at: 'line' },
} as const;
