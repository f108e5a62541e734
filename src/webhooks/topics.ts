/** What a tenant can be told of. */
export const webhookTopics = [
  'budget.threshold_reached',
  'budget.exhausted',
  'credit.low',
  'credit.exhausted',
  'invoice.drafted',
  'invoice.finalised',
  'invoice.voided',
  'period.closed',
  'spend.unusual',
  'subscription.changed',
] as const;

/** One of them. */
export type WebhookTopic = (typeof webhookTopics)[number];

/** What an endpoint may ask for: topics, or all of them, later ones too. */
export type WantedTopic = WebhookTopic | '*';

/** The topic of a message that somebody asked for to try an endpoint. */
export const TEST_TOPIC = 'webhook.test';
