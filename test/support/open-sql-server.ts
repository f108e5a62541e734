import { sqlConnector } from '../../src/connectors/sql/connector.ts';
import { openConnector, type OpenedConnector } from './open-connector.ts';

/** A database that a test's statements run on; the user is `reader`, whose password a secret. */
export interface SqlServerUnderTest {
  readonly dialect: 'postgres' | 'mysql';
  readonly port: number;
  readonly database: string;
  readonly secrets: Readonly<Record<'PASSWORD' | (string & {}), string>>;
}

/** Statements by the names of their tools. */
export type SqlStatements = Readonly<
  Record<string, { readonly sql: string; readonly [more: string]: unknown }>
>;

/** Opens statements as a SQL service of a server on loopback; `more` changes its configuration. */
export function openSqlServer(
  { dialect, port, database, secrets }: SqlServerUnderTest,
  statements: SqlStatements,
  more: object = {},
  allowHosts: readonly string[] = [`127.0.0.1:${port}`],
): Promise<OpenedConnector> {
  const config = {
    dialect,
    host: '127.0.0.1',
    port,
    database,
    user: 'reader',
    password: '${PASSWORD}',
    tls: 'off',
    statements: Object.entries(statements).map(([name, one]) => ({
      name,
      description: name,
      ...one,
    })),
    ...more,
  };
  return openConnector(sqlConnector, config, { allowHosts, secrets });
}
