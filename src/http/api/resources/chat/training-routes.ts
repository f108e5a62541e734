import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { whoOf } from '../../../../audit/audit-act.ts';
import type { AuditLog } from '../../../../audit/audit-log.ts';
import { trainingFormats } from '../../../../chat/training/format-example.ts';
import type { TrainingDesk } from '../../../../chat/training/training-desk.ts';
import { trainingLimits } from '../../../../kernel/limits/chat/training-limits.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import type { ChatRouteDeps } from './chat-routes.ts';
import { chatId } from './chat-schemas.ts';

/** What training needs of the rest of the gateway. */
export type TrainingRouteDeps = ChatRouteDeps & {
  training(): Promise<TrainingDesk>;
  readonly audit: Pick<AuditLog, 'record'>;
};

const common = { tag: 'Chat', permission: 'chat.use' } as const;
const feedbackPath = '/api/v1/chat/conversations/{conversation}/feedback';
const oneMessage = z.strictObject({ conversation: chatId, message: chatId });

const consentSchema = z
  .strictObject({
    training: z.boolean().describe('Whether your conversations may be used to train models.'),
    givenAtMs: z.int().nullable(),
  })
  .openapi('ChatConsent');

const feedbackSchema = z
  .strictObject({
    messageId: z.string(),
    rating: z.enum(['up', 'down']),
    corrected: z.string().nullable(),
    atMs: z.int(),
  })
  .openapi('ChatFeedback');

const saidSchema = z
  .strictObject({
    rating: z.enum(['up', 'down']),
    corrected: z
      .string()
      .min(1)
      .max(trainingLimits.trainingCorrectionCharactersMax)
      .nullable()
      .default(null)
      .describe('What the answer should have been.'),
  })
  .openapi('ChatFeedbackSaid');

/** Consent, feedback, and the examples that come of both. */
export function trainingRoutes(deps: TrainingRouteDeps): ApiRoute[] {
  return [...consentRoutes(deps), ...feedbackRoutes(deps), exportRoute(deps)];
}

const consentJson = (givenAtMs: number | null) => ({ training: givenAtMs !== null, givenAtMs });

const consentRoutes = ({ training }: TrainingRouteDeps): ApiRoute[] => [
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/api/v1/chat/consent'],
    operationIds: ['getChatConsent'],
    summary: 'See whether your conversations may be used to train models',
    answers: { 200: { description: 'Your consent.', schema: consentSchema } },
    handle: async ({ principal }) =>
      respondJson(200, consentJson(await (await training()).consent(principal))),
  }),
  defineRoute({
    ...common,
    method: 'put',
    paths: ['/api/v1/chat/consent'],
    operationIds: ['setChatConsent'],
    summary: 'Say whether your conversations may be used to train models',
    description:
      'They may not until you say so. What was exported before you take it back is not in the ' +
      'gateway any more.',
    body: {
      schema: z.strictObject({ training: z.boolean() }).openapi('ChatConsentSaid'),
      example: { training: true },
    },
    answers: { 200: { description: 'Your consent.', schema: consentSchema } },
    handle: async ({ principal, body }) =>
      respondJson(200, consentJson(await (await training()).setConsent(principal, body.training))),
  }),
];

const feedbackRoutes = ({ chat, training }: TrainingRouteDeps): ApiRoute[] => [
  defineRoute({
    ...common,
    method: 'get',
    paths: [feedbackPath],
    operationIds: ['listChatFeedback'],
    summary: 'See what you said of the answers of a conversation',
    params: z.strictObject({ conversation: chatId }),
    answers: {
      200: {
        description: 'By message.',
        schema: z.strictObject({ feedback: z.array(feedbackSchema) }).openapi('ChatFeedbacks'),
      },
    },
    handle: async ({ principal, params: { conversation: id } }) => {
      const own = await (await chat()).conversations.own(principal, id);
      const feedback = [...(await (await training()).feedback(principal, own))];
      return respondJson(200, { feedback });
    },
  }),
  defineRoute({
    ...common,
    method: 'put',
    paths: [`${feedbackPath}/{message}`],
    operationIds: ['giveChatFeedback'],
    summary: 'Say whether an answer is good, and what it should have been',
    params: oneMessage,
    body: { schema: saidSchema, example: { rating: 'down', corrected: 'Order 17 is late.' } },
    answers: { 200: { description: 'It is kept.', schema: feedbackSchema } },
    handle: async ({ principal, params: { conversation: id, message: messageId }, body }) => {
      const own = await (await chat()).conversations.own(principal, id);
      const said = { messageId, rating: body.rating, corrected: body.corrected };
      return respondJson(200, { ...(await (await training()).say(principal, own, said)) });
    },
  }),
  defineRoute({
    ...common,
    method: 'delete',
    paths: [`${feedbackPath}/{message}`],
    operationIds: ['removeChatFeedback'],
    summary: 'Take back what you said of an answer',
    params: oneMessage,
    answers: { 204: { description: 'It is gone.' } },
    handle: async ({ principal, params: { conversation: id, message } }) => {
      const own = await (await chat()).conversations.own(principal, id);
      await (await training()).unsay(principal, own, message);
      return respondEmpty();
    },
  }),
];

const exportRoute = ({ training, audit }: TrainingRouteDeps): ApiRoute =>
  defineRoute({
    tag: 'Chat',
    permission: 'chats.inspect',
    method: 'get',
    paths: ['/api/v1/chat/training'],
    operationIds: ['exportTrainingExamples'],
    summary: 'Export conversations as examples to train models with',
    description:
      'One line of JSON for each conversation whose user consents; secrets and personal data are ' +
      'replaced. The audit log keeps who did.',
    query: z.strictObject({
      format: z.enum(trainingFormats).optional().describe('`openai` when absent.'),
      rated: z
        .enum(['true', 'false'])
        .optional()
        .describe('Only conversations with an answer that was called good or corrected.'),
      agent: chatId.optional().describe('Only conversations with this agent.'),
    }),
    answers: { 200: { description: 'The examples.', mediaType: 'application/x-ndjson' } },
    handle: async ({ principal, query: { format = 'openai', rated, agent: agentId } }) => {
      const desk = await training();
      await audit.record({
        ...whoOf(principal),
        kind: 'control',
        action: 'exportTrainingExamples',
        outcome: 'ok',
        target: null,
        rule: 'chats.inspect',
        detail: { format },
      });
      const lines = desk.examples(principal, { format, onlyRated: rated === 'true', agentId });
      const stream = Readable.from(lines, { objectMode: false });
      return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
        headers: {
          'Content-Type': 'application/x-ndjson; charset=utf-8',
          'Content-Disposition': `attachment; filename="examples.${format}.jsonl"`,
        },
      });
    },
  });
