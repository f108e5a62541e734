import { limits } from '../../kernel/limits.ts';
import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import { lazy } from '../../upstream/lazy.ts';
import {
  createToolServer,
  describeToolServer,
  listenToNothing,
} from '../../upstream/tool-server.ts';
import { sqlConfig, type SqlConfig } from './config.ts';
import type { Database, DatabaseConnection } from './database.ts';
import { statementTool } from './statement-tool.ts';

/** Makes fixed statements on a SQL database callable as tools. */
export const sqlConnector: Connector<SqlConfig> = {
  kind: 'sql',
  specification: 'v1',
  config: sqlConfig,
  // A database file is a path of the gateway's machine, and statements are code.
  operatorOnly: true,
  open: openUpstream,
};

async function openUpstream(config: SqlConfig, context: ConnectorContext): Promise<Upstream> {
  const { ConnectionPool } = await import('./connection-pool.ts');
  const database = lazy(() => createDatabase(config, context));
  const connect = async (): Promise<DatabaseConnection> => await (await database.get()).connect();
  const pool = new ConnectionPool(connect, config.connectionsMax);
  const tools = config.statements.map((one) => statementTool(one, pool, context.log));
  const server = createToolServer(tools);
  return {
    async discover() {
      const { inspect } = await database.get();
      const product = await pool.with(limits.sqlStatementMs, inspect);
      const name = config.dialect === 'sqlite' ? 'sqlite' : config.database;
      return describeToolServer(name, { tools: {} }, `Statements on ${product}.`);
    },
    request: (request, io) => server.answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** Loads the one driver that is needed. */
async function createDatabase(config: SqlConfig, context: ConnectorContext): Promise<Database> {
  switch (config.dialect) {
    case 'postgres': {
      const { createPostgresDatabase } = await import('./postgres/postgres-database.ts');
      return createPostgresDatabase(config, context);
    }
    case 'mysql': {
      const { createMysqlDatabase } = await import('./mysql/mysql-database.ts');
      return createMysqlDatabase(config, context);
    }
    case 'sqlite': {
      const { createSqliteDatabase } = await import('./sqlite/sqlite-database.ts');
      return createSqliteDatabase(config);
    }
  }
}
