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
import type { DatabaseClient } from './database-client.ts';
import type { Tables } from './tables.ts';
import type { SqlValue, Statement } from './worker-protocol.ts';

/** Builds and types SQL; running a query sends it to the database thread. */
export type QueryBuilder = Kysely<Tables>;

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

/** A compiled query as the database thread takes it. */
export function toStatement({ sql, parameters }: CompiledQuery): Statement {
  return { sql, parameters: parameters as readonly SqlValue[] };
}

/** Several queries may be on their way at once: the thread does them in the order they came. */
class WorkerConnection implements DatabaseConnection {
  readonly #client: DatabaseClient;

  constructor(client: DatabaseClient) {
    this.#client = client;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.#client.run(toStatement(query));
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) };
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
    throw new Error('use runTogether: its statements are one transaction');
  }

  async init(): Promise<void> {}
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
