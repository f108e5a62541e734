import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';

const SQL_CHARACTERS_MAX = 64 * 1024;

const parameter = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z_]\w{0,63}$/, 'Use letters, digits and _; at most 64.'),
    type: z.enum([
      'string',
      'integer',
      'number',
      'decimal',
      'boolean',
      'date',
      'timestamp',
      'uuid',
      'json',
      'binary',
    ]),
    description: z.string().max(1_000).optional(),
    optional: z.boolean().optional().describe('True: may be left out, and is NULL or the default.'),
    default: z.json().optional(),
    values: z.array(z.string()).min(1).max(1_000).optional().describe('What a string may be.'),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    lengthMax: z.int().min(1).optional().describe('Characters of a string.'),
    list: z.boolean().optional().describe('PostgreSQL only: an array of the type.'),
  })
  .describe('One argument of the tool.');

/** A typed parameter of a statement. */
export type SqlParameter = z.infer<typeof parameter>;

const statement = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, 'Use letters, digits, _ and -; at most 64.')
    .describe('The name of the tool.'),
  description: z.string().min(1).max(4_000),
  sql: z
    .string()
    .min(1)
    .max(SQL_CHARACTERS_MAX)
    .describe('One statement with placeholders: `$1` for PostgreSQL, `?` for the others.'),
  parameters: z
    .array(parameter)
    .max(limits.sqlParametersMax)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: 'Two parameters have the same name.',
    })
    .optional()
    .describe('In the order of the placeholders.'),
  placeholders: z
    .array(z.string())
    .max(limits.sqlParametersMax)
    .optional()
    .describe('The parameter of each placeholder, when one is used more than once.'),
  writes: z.boolean().optional().describe('True: runs in a transaction that may change data.'),
  rowsMax: z.int().min(1).max(limits.sqlRowsMax).optional(),
  timeoutMs: z.int().min(10).max(240_000).optional(),
});

/** A fixed statement that is a tool. */
export type SqlStatement = z.infer<typeof statement>;

const common = {
  statements: z
    .array(statement)
    .min(1)
    .max(limits.sqlStatementsMax)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: 'Two statements have the same name.',
    }),
  connectionsMax: z.int().min(1).max(64).optional(),
};

const server = {
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).optional(),
  database: z.string().min(1).max(64),
  user: z.string().min(1).max(128),
  password: z.string().max(limits.secretLengthMax).optional().describe('`${NAME}` = a secret.'),
  tls: z
    .enum(['verify', 'off'])
    .optional()
    .describe('`verify` (the default) checks the certificate and the name in it.'),
  ca: z.string().optional().describe('PEM of the authority that signed the certificate.'),
  allowPrivilegedRole: z
    .boolean()
    .optional()
    .describe('Serve as a role that may read files or run programs of the database server.'),
};

const postgres = z.strictObject({ dialect: z.literal('postgres'), ...server, ...common });
const mysql = z.strictObject({ dialect: z.literal('mysql'), ...server, ...common });
const sqlite = z.strictObject({
  dialect: z.literal('sqlite'),
  file: z
    .string()
    .max(4_096)
    .refine((path) => isAbsolute(path) && !path.includes('\0'), 'Give an absolute path.')
    .describe('A database file of the machine the gateway runs on; it must exist.'),
  ...common,
});

/** The configuration of one SQL service. */
export const sqlConfig = z
  .discriminatedUnion('dialect', [postgres, mysql, sqlite])
  .superRefine((config, context) => {
    for (const [index, one] of config.statements.entries()) {
      const problem = statementProblem(one, config.dialect);
      if (problem === undefined) continue;
      context.addIssue({ code: 'custom', path: ['statements', index], message: problem });
    }
  });

/** The configuration of one SQL service. */
export type SqlConfig = z.infer<typeof sqlConfig>;
/** A service on a database server. */
export type ServerConfig = Extract<SqlConfig, { readonly host: string }>;
/** A service on a database file. */
export type SqliteConfig = z.infer<typeof sqlite>;

function statementProblem(one: SqlStatement, dialect: SqlConfig['dialect']): string | undefined {
  const parameters = one.parameters ?? [];
  const names = new Set(parameters.map(({ name }) => name));
  const unexpected = one.placeholders?.find((name) => !names.has(name));
  if (unexpected !== undefined) return `The placeholder ${unexpected} is no parameter.`;
  if (dialect === 'postgres') return undefined;
  return parameters.some(({ list }) => list === true)
    ? 'Only PostgreSQL has lists as parameters.'
    : undefined;
}
