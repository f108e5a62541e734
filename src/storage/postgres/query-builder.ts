import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import type { QueryBuilder } from '../stores/database.ts';
import type { Tables } from '../stores/tables.ts';
import type { PostgresPool } from './postgres-pool.ts';

/** Makes the query builder of one database. */
export function createQueryBuilder(pool: PostgresPool): QueryBuilder {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new PoolDriver(pool),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** Stands for whichever connection of the pool is free. */
class PoolConnection implements DatabaseConnection {
  readonly #pool: PostgresPool;

  constructor(pool: PostgresPool) {
    this.#pool = pool;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, rowCount } = await this.#pool.query(sql, parameters);
    return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) };
  }

  // oxlint-disable-next-line require-yield -- Kysely asks for a generator
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('rows come all at once; page through them instead');
  }
}

class PoolDriver implements Driver {
  readonly #connection: PoolConnection;

  constructor(pool: PostgresPool) {
    this.#connection = new PoolConnection(pool);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  /** Statements are spread over the pool, so none of them can be inside a transaction. */
  async beginTransaction(): Promise<void> {
    throw new Error('use a named transaction');
  }

  async init(): Promise<void> {}
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
