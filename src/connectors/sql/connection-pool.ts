import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { DatabaseConnection } from './database.ts';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Idle {
  readonly connection: DatabaseConnection;
  readonly sinceMs: number;
}

/** A bounded number of connections, opened when needed and closed when they are not. */
export class ConnectionPool implements AsyncDisposable {
  readonly #connect: () => Promise<DatabaseConnection>;
  readonly #most: number;
  readonly #idleMs: number;
  readonly #idle: Idle[] = [];
  readonly #busy = new Set<DatabaseConnection>();
  readonly #waiting: Waiting[] = [];
  #opening = 0;
  #clock: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    connect: () => Promise<DatabaseConnection>,
    most: number = limits.sqlConnectionsMax,
    idleMs: number = limits.sqlIdleMs,
  ) {
    this.#connect = connect;
    this.#most = most;
    this.#idleMs = idleMs;
  }

  /** Runs `use` with a connection of its own; waits for one at most `waitMs`. */
  async with<T>(waitMs: number, use: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take(waitMs);
    try {
      return await use(connection);
    } finally {
      this.#release(connection);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#clock);
    for (const { connection } of this.#idle.splice(0)) connection.close();
    for (const connection of this.#busy) connection.close();
    for (const { reject } of this.#waiting.splice(0)) reject(new GatewayError('shutting_down'));
    await Promise.resolve();
  }

  async #take(waitMs: number): Promise<DatabaseConnection> {
    const endsAtMs = Date.now() + waitMs;
    for (;;) {
      if (this.#closed) throw new GatewayError('shutting_down');
      const idle = this.#idle.pop()?.connection;
      if (idle?.usable === true) {
        this.#busy.add(idle);
        return idle;
      }
      if (idle !== undefined) continue;
      if (this.#busy.size + this.#opening < this.#most) return await this.#open();
      await this.#wait(endsAtMs - Date.now());
    }
  }

  async #open(): Promise<DatabaseConnection> {
    this.#opening += 1;
    try {
      const connection = await this.#connect();
      if (this.#closed) {
        connection.close();
        throw new GatewayError('shutting_down');
      }
      this.#busy.add(connection);
      this.#startClock();
      return connection;
    } catch (error) {
      // Whoever waits may try in its place.
      this.#waiting.shift()?.resolve();
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new GatewayError('too_many', 'All connections to the database are in use.'));
      }, waitMs);
      const settle = (then: () => void) => (): void => {
        clearTimeout(timer);
        then();
      };
      const waiting: Waiting = {
        resolve: settle(resolve),
        reject: (error) => settle(() => reject(error))(),
      };
      this.#waiting.push(waiting);
    });
  }

  #release(connection: DatabaseConnection): void {
    this.#busy.delete(connection);
    if (connection.usable && !this.#closed) this.#idle.push({ connection, sinceMs: Date.now() });
    else connection.close();
    this.#waiting.shift()?.resolve();
  }

  #startClock(): void {
    if (this.#clock !== undefined) return;
    this.#clock = setInterval(() => this.#closeUnused(), this.#idleMs / 2);
    this.#clock.unref();
  }

  #closeUnused(): void {
    const oldest = Date.now() - this.#idleMs;
    while (this.#idle[0] !== undefined && this.#idle[0].sinceMs <= oldest) {
      this.#idle.shift()?.connection.close();
    }
  }
}
