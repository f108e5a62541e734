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

/** A MySQL or MariaDB database behind guarded sockets. */
export function createMysqlDatabase(config: ServerConfig, context: ConnectorContext): Database {
  return {
    connect: () => connect(config, context),
    inspect: (connection) => (connection as MysqlConnection).inspect(config),
  };
}

async function connect(config: ServerConfig, context: ConnectorContext): Promise<MysqlConnection> {
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
  const connection = new MysqlConnection(driver);
  await new Promise<void>((resolve, reject) => {
    driver.connect((error) => {
      if (error === null) resolve();
      else reject(unreachable(error));
    });
  }).catch((error: unknown) => {
    connection.close();
    throw error;
  });
  await connection.prepare();
  return connection;
}

class MysqlConnection implements DatabaseConnection {
  readonly #driver: Connection;
  #resetBytes: () => void = () => {};
  #version = '';
  #closed = false;

  constructor(driver: Connection) {
    this.#driver = driver;
    driver.on('error', () => this.close());
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
      await this.#command('ROLLBACK').catch(() => this.close());
      throw toError(error);
    }
  }

  close(): void {
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
    let changedRows: number | undefined;
    return new Promise((resolve, reject) => {
      const values = request.values.map(toMysqlValue);
      const command = this.#driver.execute({ sql: request.sql, values });
      // A change has no fields, and says so with undefined.
      command.on('fields', (given: readonly MysqlField[] | undefined) => {
        fields = given ?? [];
      });
      command.on('result', (row: unknown) => {
        if (Array.isArray(row)) {
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
        resolve({ columns, rows: rows.rows, truncated: rows.truncated, ...changed });
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
  if (cause.sqlState?.startsWith('28') === true || cause.errno === 1049) {
    const text = `The database does not let the gateway in (${cause.errno ?? cause.sqlState}).`;
    return new GatewayError('invalid_configuration', text, { cause });
  }
  const text = 'The database server does not answer as one.';
  return new GatewayError('upstream_unavailable', text, { cause });
}
