import { limits } from '../../kernel/limits.ts';
import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import {
  createToolServer,
  describeToolServer,
  listenToNothing,
} from '../../upstream/tool-server.ts';
import { sqlConfig, type SqlConfig } from './config.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { Database } from './database.ts';
import { createMysqlDatabase } from './mysql/mysql-database.ts';
import { createPostgresDatabase } from './postgres/postgres-database.ts';
import { createSqliteDatabase } from './sqlite/sqlite-database.ts';
import { statementTool } from './statement-tool.ts';

/** Makes fixed statements on a SQL database callable as tools. */
export const sqlConnector: Connector<SqlConfig> = {
  kind: 'sql',
  specification: 'v1',
  config: sqlConfig,
  // A database file is a path of the gateway's machine, and statements are code.
  operatorOnly: true,
  open: (config, context) => Promise.resolve(openUpstream(config, context)),
};

function openUpstream(config: SqlConfig, context: ConnectorContext): Upstream {
  const database = createDatabase(config, context);
  const pool = new ConnectionPool(() => database.connect(), config.connectionsMax);
  const tools = config.statements.map((one) => statementTool(one, pool, context.log));
  const server = createToolServer(tools);
  return {
    async discover() {
      const inspect = database.inspect.bind(database);
      const product = await pool.with(limits.sqlStatementMs, inspect);
      const name = config.dialect === 'sqlite' ? 'sqlite' : config.database;
      return describeToolServer(name, { tools: {} }, `Statements on ${product}.`);
    },
    request: (request, io) => server.answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

function createDatabase(config: SqlConfig, context: ConnectorContext): Database {
  switch (config.dialect) {
    case 'postgres':
      return createPostgresDatabase(config, context);
    case 'mysql':
      return createMysqlDatabase(config, context);
    case 'sqlite':
      return createSqliteDatabase(config);
  }
}
