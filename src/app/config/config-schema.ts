import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';
import type { SealKey } from '../../kernel/seal.ts';

const slug = z
  .string()
  .max(limits.slugLengthMax)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens');

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
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http: or https: URL' })
    .exactOptional()
    .describe('URL clients reach the gateway under when it stands behind a proxy.'),
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

const secret = z.union([z.string().min(1), z.strictObject({ env: z.string().min(1) })]);

const service = z.strictObject({
  slug: slug.describe('Names the service in URLs and tool prefixes.'),
  kind: z
    .string()
    .min(1)
    .describe('Kind of connector, for example mcp-http, mcp-websocket, mcp-stdio or openapi.'),
  title: z.string().min(1).exactOptional().describe('Name for people.'),
  config: z.record(z.string(), z.json()).describe('What the connector of that kind needs.'),
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
  log: log.prefault({}).describe('The log.'),
  metering: metering.prefault({}).describe('How usage is kept.'),
  egress: egress.prefault({}).describe('Where services may be; private addresses are refused.'),
  services: z.array(service).default([]).describe('Services that exist from the start.'),
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
  readonly [Section in Exclude<keyof Parsed, '$schema' | 'services' | 'keys'>]: Readonly<
    Parsed[Section]
  >;
} & { readonly services: readonly DeclaredService[]; readonly keys: DeclaredKeys };

/** The configuration's JSON Schema (draft 2020-12) for editors. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input', reused: 'inline' });
  return { ...schema, title: 'MCP Gateway configuration' };
}
