import { createConnection, type Connection, type ConnectionOptions } from 'mysql2';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ConnectorContext } from '../../../upstream/contract.ts';
import type { ServerConfig } from '../config.ts';
import type { Column, Database, DatabaseConnection, RunRequest, RunResult } from '../database.ts';
import { createResultRows } from '../result-rows.ts';
import { boundStream, openServerSocket, TOO_MANY_BYTES } from '../server-socket.ts';
import { problemOfSqlState, StatementError, type StatementProblem } from '../statement-error.ts';
import { mysqlColumnType, mysqlValue, toMysqlValue, type MysqlField } from './mysql-values.ts';

const PORT = 3306;

/** Error numbers that their SQLSTATE does not tell apart. */
const PROBLEMS: Readonly<Record<number, StatementProblem>> = {
  1205: 'busy',
  1213: 'busy',
  1290: 'writes',
  1317: 'timeout',
  1792: 'writes',
  1969: 'timeout',
  3024: 'timeout',
};

/** No right to the database, or no such database. */
const DATABASE_DENIED: ReadonlySet<number> = new Set([1044, 1049]);

/** A MySQL or MariaDB database behind guarded sockets. */
export function createMysqlDatabase(config: ServerConfig, context: ConnectorContext): Database {
  return {
    connect: () => connect(config, context),
    inspect: (connection) => (connection as MysqlConnection).inspect(config),
  };
}

async function connect(config: ServerConfig, context: ConnectorContext): Promise<MysqlConnection> {
  const driver = await openDriver(config, context);
  // It ends at its own time at the latest.
  const stop = (): void => void stopStatement(driver.threadId, config, context).catch(() => {});
  const connection = new MysqlConnection(driver, stop);
  await connection.prepare();
  return connection;
}

async function openDriver(config: ServerConfig, context: ConnectorContext): Promise<Connection> {
  const { socket, password, tls } = await openServerSocket(config, context, PORT);
  const options: ConnectionOptions = {
    stream: socket,
    host: config.host,
    user: config.user,
    password,
    database: config.database,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: limits.upstreamConnectMs,
    // One statement at a time, no code made from column names, no file of this machine.
    multipleStatements: false,
    disableEval: true,
    flags: ['-LOCAL_FILES'],
    // Nothing passes through a number or a Date that cannot hold it.
    supportBigNumbers: true,
    dateStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
    ...(tls === false ? {} : { ssl: { ...(tls as object), verifyIdentity: true } }),
  };
  const driver = createConnection(options);
  // Whoever waits is told by a callback; an error that nobody listens to would end the process.
  driver.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    driver.connect((error) => {
      if (error === null) resolve();
      else reject(unreachable(error));
    });
  }).catch((error: unknown) => {
    driver.destroy();
    throw error;
  });
  return driver;
}

/** Ends what a connection runs: the server does not see that nobody waits for it any more. */
async function stopStatement(
  threadId: number,
  config: ServerConfig,
  context: ConnectorContext,
): Promise<void> {
  const driver = await openDriver(config, context);
  driver.query(`KILL ${threadId}`, () => driver.destroy());
}

class MysqlConnection implements DatabaseConnection {
  readonly #driver: Connection;
  #resetBytes: () => void = () => {};
  #version = '';
  #closed = false;
  #running = false;
  readonly #stop: () => void;
  /** What ended the connection; the driver does not always tell the statement that runs. */
  #lostBy: Error | undefined;
  #onLost: (error: Error) => void = () => {};

  /** `stop` ends on the server what this connection runs. */
  constructor(driver: Connection, stop: () => void) {
    this.#driver = driver;
    this.#stop = stop;
    driver.on('error', (error: Error) => {
      this.#lostBy ??= error;
      this.#onLost(error);
      this.close();
    });
    driver.on('end', () => {
      this.#closed = true;
    });
  }

  get usable(): boolean {
    return !this.#closed;
  }

  /** Settles what holds for every statement of this connection. */
  async prepare(): Promise<void> {
    const { stream } = this.#driver as unknown as { readonly stream: Duplex };
    this.#resetBytes = boundStream(stream);
    const [row] = (await this.#command('SELECT VERSION()')) as (readonly unknown[])[];
    this.#version = String(row?.[0]);
    await this.#command("SET SESSION time_zone = '+00:00'");
    const seconds = Math.ceil(limits.databaseBusyMs / 1000);
    await this.#command(`SET SESSION innodb_lock_wait_timeout = ${seconds}`);
  }

  /** Names the product. Throws GatewayError when the role reaches past the database. */
  async inspect(config: ServerConfig): Promise<string> {
    const grants = (await this.#command('SHOW GRANTS')) as (readonly unknown[])[];
    const wide = grants.some(([grant]) =>
      /^GRANT .*\b(?:ALL PRIVILEGES|FILE|SUPER)\b.* ON \*\.\*/.test(String(grant)),
    );
    if (wide && config.allowPrivilegedRole !== true) {
      const text =
        `The user ${config.user} may reach files or settings of the database server. ` +
        'Use a user of its own for this service, or set allowPrivilegedRole.';
      throw new GatewayError('invalid_configuration', text);
    }
    return `${this.#isMariaDb ? 'MariaDB' : 'MySQL'} ${this.#version}`;
  }

  async run(request: RunRequest): Promise<RunResult> {
    this.#resetBytes();
    const { writes, timeoutMs, rowsMax } = request;
    const access = writes ? 'READ WRITE' : 'READ ONLY';
    this.#running = true;
    try {
      // A statement that commits by itself still finds the session as restricted.
      await this.#command(`SET SESSION TRANSACTION ${access}`);
      await this.#command(`SET SESSION sql_select_limit = ${writes ? 'DEFAULT' : rowsMax + 1}`);
      await this.#command(
        this.#isMariaDb
          ? `SET SESSION max_statement_time = ${timeoutMs / 1000}`
          : `SET SESSION max_execution_time = ${Math.ceil(timeoutMs)}`,
      );
      await this.#command(`START TRANSACTION ${access}`);
      const result = await this.#execute(request);
      await this.#command(writes ? 'COMMIT' : 'ROLLBACK');
      return result;
    } catch (error) {
      const cause = this.#lostBy ?? error;
      await this.#command('ROLLBACK').catch(() => this.close());
      throw toError(cause);
    } finally {
      this.#running = false;
    }
  }

  close(): void {
    if (this.#running && !this.#closed && this.#lostBy === undefined) this.#stop();
    this.#closed = true;
    this.#driver.destroy();
  }

  get #isMariaDb(): boolean {
    return /mariadb/i.test(this.#version);
  }

  /** Runs a fixed command of ours. */
  #command(sql: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#driver.query(sql, (error, result) => {
        if (error === null) resolve(result);
        else reject(error);
      });
    });
  }

  /** Runs the statement as a prepared one: its values are never part of its text. */
  #execute(request: RunRequest): Promise<RunResult> {
    const rows = createResultRows(request);
    let fields: readonly MysqlField[] = [];
    let sets = 0;
    let changedRows: number | undefined;
    return new Promise((resolve, reject) => {
      this.#onLost = reject;
      const values = request.values.map(toMysqlValue);
      const command = this.#driver.execute({ sql: request.sql, values });
      // A change has no fields, and says so with undefined; so does the end of a procedure.
      command.on('fields', (received: readonly MysqlField[] | undefined) => {
        if (received === undefined) return;
        sets += 1;
        if (sets === 1) fields = received;
      });
      command.on('result', (row: unknown) => {
        if (Array.isArray(row)) {
          // A procedure may answer several times; rows of other columns cannot follow these.
          if (sets > 1) return;
          rows.add(fields.map((field, at) => mysqlValue(field, (row as unknown[])[at])));
        } else {
          changedRows = (row as { readonly affectedRows?: number }).affectedRows;
        }
      });
      command.on('error', reject);
      command.on('end', () => {
        const columns = fields.map((field): Column => {
          return { name: field.name, type: mysqlColumnType(field) };
        });
        const changed = changedRows === undefined ? {} : { changedRows };
        const truncated = rows.truncated || sets > 1;
        resolve({ columns, rows: rows.rows, truncated, ...changed });
      });
    });
  }
}

function toError(error: unknown): Error {
  const { errno, sqlState, message } = error as {
    errno?: number;
    sqlState?: string;
    message?: string;
  };
  if (typeof errno === 'number' && typeof sqlState === 'string') {
    const problem = PROBLEMS[errno] ?? problemOfSqlState(sqlState);
    return new StatementError(problem, `${errno}`, message, error);
  }
  if (message === TOO_MANY_BYTES) return new StatementError('too_large', 'bytes', undefined, error);
  const text = 'The connection to the database was lost.';
  return new GatewayError('upstream_failed', text, { cause: error });
}

function unreachable(cause: {
  readonly errno?: number | undefined;
  readonly sqlState?: string | undefined;
}): GatewayError {
  const denied = cause.errno !== undefined && DATABASE_DENIED.has(cause.errno);
  if (cause.sqlState?.startsWith('28') === true || denied) {
    const text = `The database does not let the gateway in (${cause.errno ?? cause.sqlState}).`;
    return new GatewayError('invalid_configuration', text, { cause });
  }
  const text = 'The database server does not answer as one.';
  return new GatewayError('upstream_unavailable', text, { cause });
}
