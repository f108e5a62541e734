import { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';
import { webhookTopics, type Delivery, type WebhookEndpoint } from '../../../../webhooks/store.ts';

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** The parameter of an endpoint's path. */
export const webhookParams = z.strictObject({ webhook: id });

const wanted = z.enum(['*', ...webhookTopics]);

const said = {
  url: z
    .string()
    .max(limits.webhookUrlLengthMax)
    .regex(/^https?:\/\/[^@/?#]+([/?#].*)?$/, 'Give an http: or https: URL without a user.')
    .refine((text) => URL.canParse(text), 'Give an http: or https: URL.')
    .describe('Where messages are posted; redirects are not followed.'),
  description: z.string().max(limits.webhookDescriptionLengthMax).describe('For people.'),
  topics: z
    .array(wanted)
    .min(1)
    .max(webhookTopics.length + 1)
    .describe('What it is told; `*` for everything, later topics too.'),
  enabled: z.boolean().describe('One that is not is told nothing, and nothing is kept for it.'),
};

/** An endpoint to be made. */
export const newWebhookSchema = z
  .strictObject({
    ...said,
    description: said.description.optional(),
    enabled: said.enabled.optional(),
  })
  .openapi('NewWebhook');

/** What changes of an endpoint. */
export const webhookChangeSchema = z.strictObject(said).partial().openapi('WebhookChange');

const shown = {
  id: z.string(),
  ...said,
  previousSecretUntilMs: z
    .int()
    .nullable()
    .describe('Until when the secret before the last rotation signs too.'),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  version: z.int(),
};

/** An endpoint as it is shown. */
export const webhookSchema = z.strictObject(shown).openapi('Webhook');

/** The endpoints of a tenant. */
export const webhooksSchema = z
  .strictObject({ webhooks: z.array(webhookSchema) })
  .openapi('Webhooks');

/** An endpoint with its secret. */
export const webhookWithSecretSchema = z
  .strictObject({
    ...shown,
    secret: z.string().describe('Signs messages (Standard Webhooks); never shown again.'),
  })
  .openapi('WebhookWithSecret');

/** How a secret is rotated. */
export const rotationSchema = z
  .strictObject({
    overlapHours: z
      .int()
      .min(0)
      .max(limits.webhookOverlapHoursMax)
      .describe(`How long both secrets sign; ${limits.webhookOverlapHours} when absent.`)
      .optional(),
  })
  .openapi('WebhookRotation');

/** What became of a request to try an endpoint. */
export const testSchema = z
  .strictObject({ eventId: z.string().describe('Look for it among the deliveries.') })
  .openapi('WebhookTest');

const states = z.enum(['waiting', 'delivered', 'dead']);

/** States of a delivery, as queries name them. */
export const deliveryState = states.describe('`dead` ones were given up.');

const deliverySchema = z
  .strictObject({
    eventId: z.string().describe('`webhook-id` of the message.'),
    topic: z.string(),
    state: states,
    attempts: z.int().describe('Tries since it was added or sent again.'),
    nextAtMs: z.int().nullable().describe('When it is tried next; null when it is not.'),
    lastAtMs: z.int().nullable(),
    lastStatus: z.int().nullable().describe('Status of the last answer; null without one.'),
    lastProblem: z.string().nullable(),
    createdAtMs: z.int(),
  })
  .openapi('WebhookDelivery');

/** A page of deliveries. */
export const deliveriesSchema = z
  .strictObject({
    deliveries: z.array(deliverySchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('WebhookDeliveries');

/** What is to be sent again. */
export const replaySchema = z
  .strictObject({
    eventIds: z.array(id).min(1).max(limits.webhookReplayMax).optional(),
    sinceMs: z.int().min(0).describe('All that happened since then and ended.').optional(),
    state: z.enum(['delivered', 'dead']).describe('Only these; with `sinceMs`.').optional(),
  })
  .openapi('WebhookReplay');

/** How many deliveries are sent again. */
export const replayedSchema = z
  .strictObject({
    replayed: z.int(),
    hasMore: z.boolean().describe('Whether to ask once more: a request replays so many at most.'),
  })
  .openapi('WebhookReplayed');

/** An endpoint as it is shown; its secret is not. */
export function webhookJson(endpoint: WebhookEndpoint): z.input<typeof webhookSchema> {
  const { previousUntilMs, topics, ...rest } = endpoint;
  return { ...rest, topics: [...topics], previousSecretUntilMs: previousUntilMs };
}

/** A delivery as it is shown. */
export function deliveryJson(delivery: Delivery): z.input<typeof deliverySchema> {
  const { endpointId: _, nextAtMs, ...rest } = delivery;
  return { ...rest, nextAtMs: delivery.state === 'waiting' ? nextAtMs : null };
}
