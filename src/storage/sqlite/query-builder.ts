import {
  type CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import type { QueryBuilder } from '../stores/database.ts';
import type { SqlValue } from '../stores/sql.ts';
import type { Tables } from '../stores/tables.ts';
import type { DatabaseClient } from './database-client.ts';

/** Makes the query builder of one database. */
export function createQueryBuilder(client: DatabaseClient): QueryBuilder {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new WorkerDriver(client),
      createIntrospector: (database) => new SqliteIntrospector(database),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

/** Several queries may be on their way at once: the thread does them in the order they came. */
class WorkerConnection implements DatabaseConnection {
  readonly #client: DatabaseClient;

  constructor(client: DatabaseClient) {
    this.#client = client;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const values = parameters as readonly SqlValue[];
    const { rows, changes } = await this.#client.run({ sql, parameters: values });
    return { rows: rows as unknown as Row[], numAffectedRows: BigInt(changes) };
  }

  // oxlint-disable-next-line require-yield -- Kysely asks for a generator
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('rows come all at once; page through them instead');
  }
}

class WorkerDriver implements Driver {
  readonly #connection: WorkerConnection;

  constructor(client: DatabaseClient) {
    this.#connection = new WorkerConnection(client);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  /** One connection serves everybody, so none may keep a transaction open across an await. */
  async beginTransaction(): Promise<void> {
    throw new Error('use a named transaction');
  }

  async init(): Promise<void> {}
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
