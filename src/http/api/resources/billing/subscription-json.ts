import { z } from '@hono/zod-openapi';
import { isTimeZone } from '../../../../billing/plans/find-terms-problems.ts';
import type { StoredSubscription } from '../../../../billing/plans/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { pathId } from '../../grants/identity-fields.ts';

const MS_MAX = 8_640_000_000_000_000;
const momentMs = z.int().nonnegative().max(MS_MAX);
/** The name of a time zone. */
export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'Give an IANA name, for example Europe/Zurich.' });

/** A subscription. */
export const subscriptionSchema = z
  .strictObject({
    id: z.string(),
    tenant: z.string(),
    planVersionId: z.string(),
    startsAtMs: z.int(),
    endsAtMs: z.int().nullable().describe('The first moment that is too late.'),
    anchorMs: z.int().describe('Where its periods are counted from.'),
    timeZone: z.string(),
    trialEndsAtMs: z.int().nullable().describe('Up to then it costs nothing.'),
    createdAtMs: z.int(),
    version: z.int(),
  })
  .openapi('Subscription');

/** A page of subscriptions. */
export const subscriptionsSchema = z
  .strictObject({
    subscriptions: z.array(subscriptionSchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('Subscriptions');

/** A new subscription. */
export const subscriptionRequestSchema = z
  .strictObject({
    tenant: pathId,
    planVersion: pathId.describe('The id of a published version.'),
    startsAtMs: momentMs.describe('Now when it is left out.').optional(),
    endsAtMs: momentMs.optional(),
    anchorMs: momentMs.describe('Its start when it is left out.').optional(),
    timeZone: timeZoneSchema.describe('UTC when it is left out.').optional(),
    trialDays: z
      .int()
      .min(1)
      .max(limits.trialDaysMax)
      .describe('Days of 24 hours from its start on that cost nothing.')
      .optional(),
    trialEndsAtMs: momentMs.describe('Instead of trialDays.').optional(),
  })
  .openapi('SubscriptionRequest');

/** When a subscription ends. */
export const subscriptionEndSchema = z
  .strictObject({ atMs: momentMs.describe('Now when it is left out.').optional() })
  .openapi('SubscriptionEnd');

/** Which plan follows, and when. */
export const subscriptionChangeSchema = z
  .strictObject({
    planVersion: pathId.describe('The id of a published version.'),
    atMs: momentMs.describe('Now when it is left out.').optional(),
    anchorMs: momentMs.describe('The anchor there is when it is left out.').optional(),
  })
  .openapi('SubscriptionChange');

/** The subscription of a path. */
export const subscriptionParams = z.strictObject({ tenant: pathId, subscription: pathId });

/** A subscription as the API shows it. */
export function subscriptionJson(one: StoredSubscription): z.output<typeof subscriptionSchema> {
  return { ...one, trialEndsAtMs: one.trialEndsAtMs ?? null };
}
