import { Pool, TimeoutError } from 'tarn';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { DatabaseConnection } from './database.ts';

type Acquisition = ReturnType<Pool<DatabaseConnection>['acquire']>;

/** After a failed attempt the next in line tries, but not in the same turn. */
const RETRY_MS = 1;

/** A bounded number of connections, opened when needed and closed when they are not. */
export class ConnectionPool implements AsyncDisposable {
  readonly #pool: Pool<DatabaseConnection>;
  readonly #connectionsMax: number;
  readonly #open = new Set<DatabaseConnection>();
  readonly #waiting = new Set<Acquisition>();
  #isClosed = false;

  constructor(
    connect: () => Promise<DatabaseConnection>,
    connectionsMax: number = limits.sqlConnectionsMax,
    idleMs: number = limits.sqlIdleMs,
  ) {
    this.#connectionsMax = connectionsMax;
    this.#pool = new Pool<DatabaseConnection>({
      create: () => this.#connect(connect),
      validate: ({ usable }) => usable,
      destroy: (connection) => this.#close(connection),
      min: 0,
      max: connectionsMax,
      idleTimeoutMillis: idleMs,
      reapIntervalMillis: idleMs / 2,
      propagateCreateError: true,
      createRetryIntervalMillis: RETRY_MS,
      // A backstop: waiting and connecting have limits of their own.
      acquireTimeoutMillis: limits.exchangeTotalMs,
      createTimeoutMillis: limits.exchangeTotalMs,
    });
  }

  /** Runs `use` with a connection of its own; waits at most `waitMs` while all are in use. */
  async with<T>(waitMs: number, use: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire(waitMs);
    try {
      return await use(connection);
    } finally {
      this.#pool.release(connection);
    }
  }

  /** Closes every connection at once, with whatever it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const acquisition of this.#waiting) acquisition.reject(new GatewayError('shutting_down'));
    for (const connection of this.#open) this.#close(connection);
    // It waits for whatever is in use, for however long that takes.
    void this.#pool.destroy();
    await Promise.resolve();
  }

  async #acquire(waitMs: number): Promise<DatabaseConnection> {
    if (this.#isClosed) throw new GatewayError('shutting_down');
    const acquisition = this.#pool.acquire();
    this.#waiting.add(acquisition);
    // While a connection is still being opened, waiting goes on.
    const timer = setInterval(() => {
      if (this.#pool.numUsed() < this.#connectionsMax) return;
      const text = 'All connections to the database are in use.';
      acquisition.reject(new GatewayError('too_many', text));
    }, waitMs);
    try {
      return await acquisition.promise;
    } catch (error) {
      throw error instanceof TimeoutError ? new GatewayError('upstream_timeout') : error;
    } finally {
      clearInterval(timer);
      this.#waiting.delete(acquisition);
    }
  }

  async #connect(connect: () => Promise<DatabaseConnection>): Promise<DatabaseConnection> {
    const connection = await connect();
    if (this.#isClosed) {
      connection.close();
      throw new GatewayError('shutting_down');
    }
    this.#open.add(connection);
    return connection;
  }

  #close(connection: DatabaseConnection): void {
    this.#open.delete(connection);
    connection.close();
  }
}
