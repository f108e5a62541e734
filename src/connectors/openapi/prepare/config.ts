import { z } from 'zod';
import { limits } from '../../../kernel/limits.ts';
import { personalCredential } from '../../../upstream/credentials/service-credential.ts';
import { compositesConfig } from '../composite/composite-config.ts';
import { profileNames } from '../profiles/profile-names.ts';

const secretValue = z
  .string()
  .describe('`${NAME}` in it is the secret of the service of that name.');

const credential = z.union([
  z.strictObject({ value: secretValue }).describe('An API key or a bearer token.'),
  z.strictObject({ username: secretValue, password: secretValue }),
  z
    .strictObject({
      clientId: secretValue,
      clientSecret: secretValue,
      tokenUrl: z.url().optional(),
      scopes: z.array(z.string()).optional(),
      audience: z.string().optional(),
    })
    .describe('OAuth 2 client credentials.'),
  personalCredential,
]);

const rule = z.strictObject({
  methods: z.array(z.string()).optional(),
  paths: z.array(z.string()).optional().describe('Globs: `*` is one segment, `**` any number.'),
  tags: z.array(z.string()).optional(),
  operations: z.array(z.string()).optional().describe('Globs over operationId.'),
  deprecated: z.boolean().optional(),
});

const change = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/)
    .max(limits.toolNameLengthMax)
    .optional(),
  description: z.string().optional(),
  fixed: z
    .record(z.string(), z.json())
    .optional()
    .describe('Arguments set here; models neither see nor change them.'),
  defaults: z
    .record(z.string(), z.json())
    .optional()
    .describe('Arguments used when a call leaves them out.'),
  hide: z
    .array(z.string())
    .optional()
    .describe('Optional arguments that models neither see nor set.'),
  hidden: z.boolean().optional().describe('True keeps the operation from models.'),
  fields: z
    .array(z.string().min(1))
    .optional()
    .describe('Parts of the answer to keep, for example `data[].id`.'),
});

/** What the configuration changes about one tool. */
export type ToolChange = z.infer<typeof change>;

const route = rule.extend({
  expose: z
    .enum(['tool', 'resource', 'exclude'])
    .describe('What matching operations become; a resource must be a GET without a body.'),
});

/** A rule that says what the operations it matches become. */
export type RouteRule = z.infer<typeof route>;

/** Matches operations; every given member must match. */
export type OperationRule = z.infer<typeof rule>;

const document = z.union([z.record(z.string(), z.unknown()), z.string().min(1)]);

/** The configuration of one OpenAPI service. */
export const openapiConfig = z.strictObject({
  document: document.describe('The document itself (object, JSON or YAML) or its http(s) address.'),
  documentHeaders: z
    .record(z.string(), secretValue)
    .optional()
    .describe('Headers for reading the document from its address.'),
  files: z
    .record(z.string(), document)
    .optional()
    .describe('Other files of the document, by the path that references use.'),
  baseUrl: z.url().optional().describe("Takes the place of the document's servers."),
  serverVariables: z.record(z.string(), z.string()).optional(),
  credentials: z
    .record(z.string(), credential)
    .optional()
    .describe('By the name of the security scheme in the document.'),
  credentialOrigins: z
    .array(z.url())
    .optional()
    .describe('Further origins that credentials and headers may be sent to.'),
  headers: z.record(z.string(), secretValue).optional().describe('Sent with every request.'),
  include: z.array(rule).optional().describe('Operations to offer; absent = all.'),
  exclude: z.array(rule).optional().describe('Operations not to offer.'),
  tools: z
    .record(z.string(), change)
    .optional()
    .describe('Changes by operationId, tool name or `METHOD /path`.'),
  composites: compositesConfig
    .optional()
    .describe('Tools made of steps, each a call of an operation, by their names.'),
  routes: z
    .array(route)
    .optional()
    .describe('The first rule that matches decides; operations that none matches are tools.'),
  overlays: z
    .array(document)
    .optional()
    .describe('Overlay documents (OpenAPI Overlay 1.0), applied in order before all else.'),
  exposure: z
    .enum(['static', 'search', 'resources'])
    .optional()
    .describe(
      '`static` lists every operation as a tool; `search` lists three tools that find, describe ' +
        'and call operations; `resources` offers the document and its operations for reading.',
    ),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('Fits tool schemas to what one family of clients or models accepts.'),
  answerCharacters: z
    .int()
    .min(limits.toolTextCharactersMin)
    .max(limits.toolTextCharactersMax)
    .optional()
    .describe('The longest text of a result; what does not fit is read on by a cursor.'),
  rest: z
    .enum(['argument', 'tool'])
    .optional()
    .describe(
      'How the rest of a long answer is read: by the same tool with the argument `_cursor`, or ' +
        'by the tool `read_more`, for clients that send only arguments a schema names.',
    ),
  outputSchema: z.enum(['off', 'relaxed']).optional(),
  descriptions: z
    .enum(['auto', 'full', 'short'])
    .optional()
    .describe('How much of the texts models see; `auto` is short in a large API.'),
  pathSlash: z
    .enum(['encode', 'refuse'])
    .optional()
    .describe('What happens to a slash inside a path argument.'),
  attempts: z
    .int()
    .min(1)
    .max(limits.apiAttemptsMax)
    .optional()
    .describe('How often a repeatable request is sent when the API is briefly unable.'),
  refreshMs: z
    .int()
    .min(60_000)
    .optional()
    .describe('How often a document is read again from its address.'),
  timeoutMs: z.int().min(100).max(300_000).optional(),
});

/** The configuration of one OpenAPI service. */
export type OpenapiConfig = z.infer<typeof openapiConfig>;
