import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';
import { serviceCredential } from '../../upstream/credentials/service-credential.ts';

const texts = z.record(z.string().min(1).max(256), z.string().max(limits.secretLengthMax));

/** Names that the connection sets itself. */
const OWN_HEADER =
  /^(?:host|content-length|content-type|transfer-encoding|connection|upgrade|te)$/i;

const headers = texts.refine((all) => !Object.keys(all).some((name) => OWN_HEADER.test(name)), {
  error: 'The connection sets host, content-type and the like itself.',
});

const operation = z.strictObject({
  document: z
    .string()
    .min(1)
    .describe('A GraphQL document: every named operation in it becomes a tool.'),
  description: z.string().min(1).optional().describe('For a document with one operation.'),
});

const persistedQueries = z.strictObject({
  protocol: z
    .enum(['apollo', 'documentId'])
    .optional()
    .describe('How the id is sent: `extensions.persistedQuery` (the default) or `documentId`.'),
  operations: z
    .array(
      z.looseObject({
        id: z.string().min(1).max(512),
        body: z.string().min(1).describe('The document that the id stands for; it is not sent.'),
      }),
    )
    .min(1)
    .describe('As in the `operations` of an Apollo persisted query manifest.'),
});

const fields = z.strictObject({
  include: z.array(z.string().min(1)).optional().describe('Names of root fields; `*` is any run.'),
  exclude: z.array(z.string().min(1)).optional(),
  depth: z.int().min(1).max(4).optional().describe('Levels of objects selected; default 2.'),
  selectedFieldsMax: z.int().min(1).max(500).optional(),
});

const bounds = z.strictObject({
  depthMax: z.int().min(1).max(100).optional(),
  aliasesMax: z.int().min(0).max(1_000).optional(),
  complexityMax: z.int().min(1).max(10_000_000).optional(),
});

const subscriptions = z.strictObject({
  endpoint: z
    .url({ protocol: /^wss?$/ })
    .optional()
    .describe('Default: the endpoint, with ws: or wss:.'),
  connectionParams: texts.optional().describe('Payload of `connection_init`.'),
  eventsMax: z.int().min(1).max(limits.graphqlEventsMax).optional().describe('Default 10.'),
  durationMs: z
    .int()
    .min(100)
    .max(limits.graphqlListenMs)
    .optional()
    .describe('Default 30 seconds.'),
});

/** The configuration of one GraphQL service; `${NAME}` in a value stands for a secret. */
export const graphqlConfig = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).describe('Where operations are sent by POST.'),
  headers: headers.optional().describe('Sent with every request and every WebSocket.'),
  credentials: serviceCredential
    .optional()
    .describe("What proves the service's, or its users', right to the endpoint."),
  schema: z
    .string()
    .min(1)
    .max(limits.graphqlSchemaBytesMax)
    .optional()
    .describe('The schema as SDL; when absent the endpoint is asked (introspection).'),
  operations: z.array(operation).optional().describe('Operations to offer as tools.'),
  persistedQueries: persistedQueries.optional().describe('Operations sent by their id.'),
  fields: fields.optional().describe('Offers one tool for each root field that is included.'),
  search: z
    .boolean()
    .optional()
    .describe('Offers search, introspect, validate and execute; on when nothing else is offered.'),
  allowMutations: z.boolean().optional().describe('False unless given: mutations are refused.'),
  scalars: z
    .record(z.string(), z.record(z.string(), z.json()))
    .optional()
    .describe('JSON Schemas of custom scalars, by name.'),
  outputSchema: z.enum(['off', 'relaxed']).optional(),
  limits: bounds.optional().describe('Bounds of documents that callers write.'),
  subscriptions: subscriptions.optional(),
  timeoutMs: z.int().min(100).max(300_000).optional(),
});

/** The configuration of one GraphQL service. */
export type GraphqlConfig = z.infer<typeof graphqlConfig>;
