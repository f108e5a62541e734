import { z } from '@hono/zod-openapi';
import type { ServiceInput } from '../../../../catalog/service-view.ts';
import type { DefinitionPolicy } from '../../../../catalog/store.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { present } from '../../framework/define-route.ts';
import { keepConfigSecrets, keepSecrets } from './keep-secrets.ts';
import { type FieldError, fieldProblem } from '../../framework/problem.ts';

const SECRET_NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

const secretValue = z.string().min(1).max(limits.secretLengthMax);

/** Secret values by name. */
export const secretsSchema = z
  .record(
    z.string().regex(SECRET_NAME_PATTERN, 'Use letters, digits and _; at most 64.'),
    secretValue,
  )
  .refine((secrets) => Object.keys(secrets).length <= limits.secretsPerServiceMax, {
    error: `At most ${limits.secretsPerServiceMax} secrets`,
  })
  .describe(
    'Secret values by name; stored sealed, never shown. `${NAME}` in config refers to one.',
  );

/** A connector's configuration; the connector of the kind checks what is inside. */
export const configSchema = z
  .record(z.string(), z.unknown())
  .describe('What the connector of that kind needs.');

/** A name for people. */
export const titleSchema = z
  .string()
  .min(1)
  .max(limits.titleLengthMax)
  .describe('A name for people.');

/** What happens when the definition of a tool changes. */
export const definitionsSchema = z
  .enum(['announce', 'quarantine', 'quarantine-writes'])
  .describe(
    'When a tool changes: `announce` tells it; `quarantine` hides and refuses the tool until it ' +
      'is approved; `quarantine-writes` does so unless it only reads.',
  );

const textMap = z.record(z.string().min(1).max(256), z.string().max(limits.secretLengthMax));

const common = {
  slug: z
    .string()
    .max(limits.slugLengthMax)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Use lower-case letters, digits and single hyphens.')
    .describe('Names the service in URLs and tool prefixes; made from the title when absent.')
    .optional(),
  title: titleSchema.optional(),
  secrets: secretsSchema.optional(),
  definitions: definitionsSchema.optional(),
};

const headers = textMap
  .describe('Headers of every request to the service; secret ones are kept as secrets.')
  .optional();
const token = secretValue.describe('Sent as `Authorization: Bearer`; kept as a secret.').optional();

const urlSchema = z
  .string()
  .max(8192)
  .regex(/^https?:\/\//, 'Give an http: or https: URL.');

const socketOrWebUrl = z
  .string()
  .max(8192)
  .regex(/^(https?|wss?):\/\//, 'Give an http:, https:, ws: or wss: URL.');

const session = z
  .strictObject({
    carrier: z.enum(['header', 'query', 'path']).describe('Where requests carry the id.'),
    name: z
      .string()
      .min(1)
      .max(64)
      .describe(
        'The header (`Mcp-Session-Id` when absent), the query parameter, or the placeholder ' +
          "`{name}` in the URL's path (`sessionId` when absent).",
      )
      .optional(),
  })
  .describe('How a server of an older revision is told the id of its session.')
  .optional();

const openapiForm = z
  .strictObject({
    openapi: z
      .union([z.string().min(1), z.record(z.string(), z.unknown())])
      .describe('An OpenAPI document: the object, its JSON or YAML text, or the URL it is at.'),
    files: z
      .record(z.string(), z.union([z.string().min(1), z.record(z.string(), z.unknown())]))
      .describe('Other files of the document, by the path that references use.')
      .optional(),
    baseUrl: urlSchema.describe('Where the API is, when its document does not say.').optional(),
    headers,
    token,
    ...common,
  })
  .openapi('RegisterOpenApi');

const urlForm = z
  .strictObject({
    url: socketOrWebUrl.describe(
      'An MCP server (streamable HTTP or HTTP+SSE; ws: and wss: over WebSocket), or an OpenAPI ' +
        'document when the path ends in .json, .yaml or .yml.',
    ),
    headers,
    token,
    session,
    ...common,
  })
  .openapi('RegisterUrl');

const commandForm = z
  .strictObject({
    command: z.string().min(1).max(4096).describe('A program that speaks MCP on its stdio.'),
    args: z.array(z.string().max(limits.secretLengthMax)).max(256).optional(),
    env: textMap.describe('Its environment; secret values are kept as secrets.').optional(),
    cwd: z.string().min(1).max(4096).optional(),
    ...common,
  })
  .openapi('RegisterCommand');

const fullForm = z
  .strictObject({
    kind: z.string().min(1).max(64).describe('The kind of connector.'),
    config: configSchema,
    ...common,
  })
  .openapi('RegisterService');

/** An OpenAPI document as the whole body: what `curl --data-binary @openapi.json` sends. */
const documentForm = z
  .looseObject({
    openapi: z.string().optional(),
    swagger: z.string().optional(),
    info: z.record(z.string(), z.unknown()),
  })
  .openapi('OpenApiDocument');

const forms = { openapi: openapiForm, url: urlForm, command: commandForm, kind: fullForm } as const;

/** The ways to say what to register. */
export const registrationSchema = z
  .union([openapiForm, urlForm, commandForm, fullForm, documentForm])
  .openapi('Registration');

type Registration = z.output<typeof registrationSchema>;

/** The one form a body means. Throws GatewayError `invalid_params` when it means none or two. */
export function registrationForm(body: unknown): z.ZodType {
  if (isDocument(body)) return documentForm;
  const named = isJsonObject(body)
    ? (Object.keys(forms) as (keyof typeof forms)[]).filter((name) => Object.hasOwn(body, name))
    : [];
  const [name] = named;
  if (name !== undefined && named.length === 1) return forms[name];
  const problem =
    name === undefined ? 'does not say what to register' : `says it twice: ${named.join(' and ')}`;
  const fix = `Give exactly one of ${Object.keys(forms).join(', ')} (kind goes with config).`;
  throw fieldProblem([{ field: '', problem, fix }]);
}

function isDocument(body: unknown): boolean {
  if (!isJsonObject(body) || !isJsonObject(body['info'])) return false;
  return typeof body['openapi'] === 'string' || typeof body['swagger'] === 'string';
}

/** Turns any form into what the registry takes. */
export function toServiceInput(body: Registration): ServiceInput {
  if ('info' in body) return { kind: 'openapi', config: { document: body as Json } };
  if ('kind' in body) {
    const { config, secrets, ...rest } = body;
    return { ...present(rest), ...keepConfigSecrets(config as JsonObject, secrets) };
  }
  if ('command' in body) return fromCommand(body);
  if ('openapi' in body) return fromOpenapi(body);
  const { url, ...rest } = body;
  if (url.startsWith('ws')) return fromSocket(body);
  const { pathname } = new URL(url);
  if (/\.(json|ya?ml)$/i.test(pathname)) return fromOpenapi({ ...rest, openapi: url });
  const carried = rest.session === undefined ? { url } : { url, session: present(rest.session) };
  const { config, secrets } = withHeaders(carried, rest);
  return { ...nameOf(rest), kind: 'mcp-http', config, secrets };
}

function fromSocket({ url, ...rest }: z.output<typeof urlForm>): ServiceInput {
  if (rest.session !== undefined) throw fieldProblem([SESSION_ON_SOCKET]);
  const { config, secrets } = withHeaders({ url }, rest);
  return { ...nameOf(rest), kind: 'mcp-websocket', config, secrets };
}

function fromOpenapi(body: z.output<typeof openapiForm>): ServiceInput {
  const { openapi, files, baseUrl } = body;
  const base: JsonObject = {
    document: openapi as Json,
    ...(files === undefined ? {} : { files: files as Json }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
  const { config, secrets } = withHeaders(base, body);
  return { ...nameOf(body), kind: 'openapi', config, secrets };
}

function fromCommand(body: z.output<typeof commandForm>): ServiceInput {
  const { command, args, cwd } = body;
  const env = keepSecrets(body.env ?? {}, 'ENV');
  const config: JsonObject = {
    command,
    ...(args === undefined ? {} : { args }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(body.env === undefined ? {} : { env: env.shown }),
  };
  const secrets = { ...env.secrets, ...body.secrets };
  return { ...nameOf(body), kind: 'mcp-stdio', config, secrets };
}

/** What every form may say of a service, whatever it is. */
function nameOf(body: {
  slug?: string | undefined;
  title?: string | undefined;
  definitions?: DefinitionPolicy | undefined;
}) {
  const { slug, title, definitions } = body;
  return {
    ...(definitions === undefined ? {} : { definitions }),
    ...(slug === undefined ? {} : { slug }),
    ...(title === undefined ? {} : { title }),
  };
}

interface HeaderFields {
  readonly headers?: Record<string, string> | undefined;
  readonly token?: string | undefined;
  readonly secrets?: Record<string, string> | undefined;
}

const SESSION_ON_SOCKET: FieldError = {
  field: 'session',
  problem: 'has no use on a WebSocket, which is its own session',
  fix: 'Leave it out.',
};

const TOKEN_TWICE: FieldError = {
  field: 'token',
  problem: 'is given beside an Authorization header',
  fix: 'Give one of the two.',
};

function withHeaders(config: JsonObject, fields: HeaderFields) {
  const given: Record<string, string> = { ...fields.headers };
  if (fields.token !== undefined) {
    const twice = Object.keys(given).some((name) => name.toLowerCase() === 'authorization');
    if (twice) throw fieldProblem([TOKEN_TWICE]);
    given['Authorization'] = `Bearer ${fields.token}`;
  }
  const { shown, secrets } = keepSecrets(given, 'HEADER');
  const some = Object.keys(given).length > 0;
  return {
    config: some ? { ...config, headers: shown } : config,
    secrets: { ...secrets, ...fields.secrets },
  };
}
