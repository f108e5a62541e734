import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';
import type { SealKey } from '../../kernel/seal.ts';
import { authSchema } from './auth-schema.ts';
import { boundsSchema } from './bounds-schema.ts';
import { billingSchema } from './billing-schema.ts';
import { chatSchema } from './chat-schema.ts';
import type { ResolvedProvider } from './resolve-providers.ts';

const slug = z
  .string()
  .max(limits.slugLengthMax)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens');

const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'must be an address or a CIDR block',
});

const tls = z
  .strictObject({
    certFile: z
      .string()
      .min(1)
      .describe('Certificate (PEM) and those that lead to its authority; looked at again.'),
    keyFile: z.string().min(1).describe('Private key (PEM) of the certificate.'),
    clientCaFile: z
      .string()
      .min(1)
      .exactOptional()
      .describe('Authorities (PEM) whose client certificates are believed.'),
    clientCertificates: z
      .enum(['off', 'optional', 'required'])
      .default('off')
      .describe('Whether clients may or must present a certificate of clientCaFile.'),
  })
  .refine(({ clientCaFile, clientCertificates }) => {
    return clientCertificates === 'off' || clientCaFile !== undefined;
  }, 'needs "clientCaFile" when "clientCertificates" is not off');

const server = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address the gateway listens on.'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(8090)
    .describe('Port the gateway listens on; 0 takes a free one.'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Host header values served besides the loopback names and publicUrl.'),
  allowedOrigins: z
    .array(z.string().min(1))
    .default([])
    .describe('Origin header values of browser pages that may call the gateway.'),
  trustedProxies: z
    .array(address)
    .default([])
    .describe(
      'Addresses and CIDR blocks of proxies that may say in X-Forwarded-For, -Proto, -Host who ' +
        'the client is; from others these headers are ignored.',
    ),
  tls: tls.exactOptional().describe('TLS on the port itself; without it the port is plain HTTP.'),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http: or https: URL' })
    .exactOptional()
    .describe('URL clients reach the gateway under when it stands behind a proxy.'),
  adminTools: z
    .boolean()
    .default(false)
    .describe("Whether the gateway's own API is a service for callers whose permissions allow it."),
  environment: z
    .string()
    .regex(/^[a-z0-9]{1,16}$/, 'must be at most 16 lower-case letters and digits')
    .default('live')
    .describe('What new API keys say they are for, live or test for example: mgw_live_….'),
});

const data = z.strictObject({
  directory: z
    .string()
    .min(1)
    .default('.mcp-gateway')
    .describe('Folder of the database, the usage log and the keys; relative to the start folder.'),
});

const database = z.strictObject({
  url: z
    .string()
    .regex(/^postgres(ql)?:\/\/[^?#]*$/, 'must be a postgres: URL without parameters')
    .refine((text) => URL.canParse(text), { error: 'must be a postgres: URL without parameters' })
    .exactOptional()
    .meta({
      description:
        'PostgreSQL, as postgres://user:password@host:port/database; ' +
        'without it everything is kept in the data folder (SQLite).',
      writeOnly: true,
    }),
  poolMax: z
    .int()
    .min(1)
    .max(limits.databaseConnectionsMax)
    .default(10)
    .describe('Connections to PostgreSQL at once.'),
  connectMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(5_000)
    .describe('How long a connection to PostgreSQL may take, in milliseconds.'),
  statementMs: z
    .int()
    .min(100)
    .max(300_000)
    .default(15_000)
    .describe('How long one statement on PostgreSQL may take, in milliseconds.'),
  tlsMode: z
    .enum(['off', 'encrypt', 'verify'])
    .exactOptional()
    .describe(
      'How connections to PostgreSQL are protected; verify unless the host is this machine. ' +
        'encrypt does not check who answers.',
    ),
  tlsCaFile: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Certificates (PEM) of the authorities trusted to vouch for PostgreSQL.'),
  notifications: z
    .boolean()
    .default(true)
    .describe(
      'Whether instances tell each other of changes at once, on a connection of their own; false ' +
        'where a pooler does not pass LISTEN and NOTIFY. They look for changes in any case.',
    ),
});

const log = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe line that is written.'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('One JSON object a line, or readable text; auto is text on a terminal.'),
});

const metering = z.strictObject({
  durability: z
    .enum(['strict', 'standard'])
    .default('standard')
    .describe(
      'standard keeps every record when the process dies, and may lose the last 50 ms of usage ' +
        'when the machine does; strict makes every answer wait for the disk.',
    ),
  heartbeatSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(30)
    .describe(
      'How often calls that run longer are recorded while they run, where a price counts their ' +
        'time, bytes or events: a gateway that is killed loses so much of their usage at most.',
    ),
});

const egress = z.strictObject({
  allowLoopback: z
    .boolean()
    .default(false)
    .describe('Whether services may be on this machine (127.0.0.0/8 and ::1).'),
  allowHosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Hosts, host:port pairs or CIDR ranges that services may be on although they are private.',
    ),
  userAgent: z
    .string()
    .regex(/^[!-~](?:[ -~]{0,254}[!-~])?$/, 'must be 1 to 256 printable ASCII characters')
    .default('mcp-gateway')
    .describe('The User-Agent of every request that leaves the gateway.'),
});

const mail = z
  .strictObject({
    url: z
      .string()
      .regex(/^smtps?:\/\/[^?#]*$/, 'must be an smtp: or smtps: URL without parameters')
      .refine((text) => URL.canParse(text), { error: 'must be an smtp: or smtps: URL' })
      .exactOptional()
      .meta({
        description:
          'Mail server for invitations and password resets, as smtp://user:password@host:port; ' +
          'without it links are handed over by people.',
        writeOnly: true,
      }),
    from: z.string().min(3).max(320).exactOptional().describe('Address that mails come from.'),
    tlsMode: z
      .enum(['off', 'encrypt', 'verify'])
      .exactOptional()
      .describe(
        'How connections to the mail server are protected; verify unless the host is this ' +
          'machine. encrypt does not check who answers.',
      ),
  })
  .refine(({ url, from }) => url === undefined || from !== undefined, {
    path: ['from'],
    error: 'is needed where mail.url is set',
  });

const webhooks = z.strictObject({
  unusualSpendPercent: z
    .int()
    .min(101)
    .max(100_000)
    .default(300)
    .describe(
      'How much more than the mean hour of the last seven days a tenant has to spend within an ' +
        'hour, in percent of it, to be told of it; 300 is three times as much.',
    ),
  unusualSpendMinimum: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,9})?$/, 'must be a decimal number such as 2.50')
    .default('1')
    .describe('The least spent within an hour that is told, in units of the currency.'),
});

const shutdown = z.strictObject({
  drainMs: z
    .int()
    .min(0)
    .max(300_000)
    .default(limits.drainMs)
    .describe('How long running calls may finish after a stop signal, in milliseconds.'),
});

const node = z.strictObject({
  id: z
    .string()
    .max(limits.nodeIdLengthMax)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits and . _ -')
    .exactOptional()
    .describe('Names this instance in usage records and leases; made and kept when absent.'),
});

const ringKey = z.strictObject({
  id: z
    .string()
    .max(limits.ringKeyIdLengthMax)
    .regex(/^[a-z0-9]+$/, 'must be lower-case letters and digits'),
  secret: z.union([
    z.string().min(1),
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
  ]),
});

const keys = z.union([
  z.enum(['file', 'database']),
  z.array(ringKey).min(1).max(limits.ringKeysMax),
]);

const vault = z.strictObject({
  keys: z
    .array(ringKey)
    .max(limits.ringKeysMax)
    .default([])
    .describe(
      'Keys that wrap the data keys of the vault, as in keys; the first wraps. Without any the ' +
        'key ring does.',
    ),
});

const secret = z.union([z.string().min(1), z.strictObject({ env: z.string().min(1) })]);

const service = z.strictObject({
  slug: slug.describe('Names the service in URLs and tool prefixes.'),
  kind: z
    .string()
    .min(1)
    .describe('Kind of connector, for example mcp-http, mcp-websocket, mcp-stdio or openapi.'),
  title: z.string().min(1).exactOptional().describe('Name for people.'),
  config: z.record(z.string(), z.json()).describe('What the connector of that kind needs.'),
  definitions: z
    .enum(['announce', 'quarantine', 'quarantine-writes'])
    .exactOptional()
    .describe('What happens when the definition of a tool changes; announce when absent.'),
  trust: z
    .enum(['untrusted', 'trusted'])
    .exactOptional()
    .describe(
      'Whether chats believe what it answers and says of its tools; untrusted when absent.',
    ),
  secrets: z
    .record(z.string(), secret)
    .default({})
    .describe('Secret values by name, or { env: NAME } to read an environment variable.'),
});

/** The whole configuration; an unknown key is an error and every key has a default. */
export const configSchema = z.strictObject({
  $schema: z.string().exactOptional().describe('Where editors find the schema of this file.'),
  server: server.prefault({}).describe('The listener.'),
  data: data.prefault({}).describe('What is kept on disk.'),
  database: database.prefault({}).describe('Where everything is kept but the usage log.'),
  node: node.prefault({}).describe('This instance among others.'),
  keys: keys
    .default('file')
    .describe(
      'Where the keys are that sign and seal: file (in the data folder), database, or a list of ' +
        '{ id, secret }, the secret in base64, as { env: NAME } or as { file: PATH }; the first ' +
        'signs.',
    ),
  vault: vault.prefault({}).describe('Where credentials for services are kept.'),
  log: log.prefault({}).describe('The log.'),
  metering: metering.prefault({}).describe('How usage is kept.'),
  billing: billingSchema.prefault({}).describe('What usage costs, and who sends invoices.'),
  egress: egress.prefault({}).describe('Where services may be; private addresses are refused.'),
  limits: boundsSchema.prefault({}).describe('How much may be used, of every tenant.'),
  auth: authSchema.prefault({}).describe('Who may make tokens for the gateway.'),
  chat: chatSchema.prefault({}).describe('Chat with language models.'),
  toolSearch: z
    .strictObject({
      learning: z
        .boolean()
        .default(true)
        .describe('Whether searches over tools learn from the calls that follow them.'),
    })
    .prefault({})
    .describe('The search over tools.'),
  services: z.array(service).default([]).describe('Services that exist from the start.'),
  mail: mail.prefault({}).describe('How mails are sent.'),
  webhooks: webhooks.prefault({}).describe('What tenants are told of by webhooks.'),
  shutdown: shutdown.prefault({}).describe('How the gateway stops.'),
});

type Parsed = z.output<typeof configSchema>;

/** A service that the operator declares; its secrets are resolved. */
export type DeclaredService = Readonly<
  Omit<Parsed['services'][number], 'secrets'> & { secrets: Readonly<Record<string, string>> }
>;

/** Where the key ring is; the secrets of a list are resolved. */
export type DeclaredKeys = 'file' | 'database' | readonly SealKey[];

/** The configuration the gateway runs on. */
export type Config = {
  readonly [
    Section in Exclude<keyof Parsed, '$schema' | 'services' | 'keys' | 'vault' | 'chat'>
  ]: Readonly<Parsed[Section]>;
} & {
  readonly services: readonly DeclaredService[];
  readonly keys: DeclaredKeys;
  readonly chat: Readonly<
    Omit<Parsed['chat'], 'providers'> & { readonly providers: readonly ResolvedProvider[] }
  >;
  readonly vault: { readonly keys: readonly SealKey[] };
};

/** The configuration's JSON Schema (draft 2020-12) for editors. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input', reused: 'inline' });
  return { ...schema, title: 'MCP Gateway configuration' };
}
