import { Client } from 'pg';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ConnectorContext } from '../../../upstream/contract.ts';
import type { ServerConfig } from '../config.ts';
import type { Database, DatabaseConnection, RunRequest, RunResult } from '../database.ts';
import { boundStream, openServerSocket, TOO_MANY_BYTES } from '../server-socket.ts';
import { problemOfSqlState, StatementError } from '../statement-error.ts';
import { LimitedQuery } from './limited-query.ts';

const PORT = 5432;

/** Roles that reach past the database, to files and programs of its server. */
const ROLES = `
  SELECT current_setting('is_superuser') = 'on' OR EXISTS (
    SELECT FROM pg_roles
    WHERE rolname IN
      ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
      AND pg_has_role(current_user, oid, 'member')
  ) AS privileged, current_setting('server_version') AS version`;

const LIMITS = `
  SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $1, true),
    set_config('idle_in_transaction_session_timeout', $1, true)`;

/** A PostgreSQL database behind guarded sockets. */
export function createPostgresDatabase(config: ServerConfig, context: ConnectorContext): Database {
  return {
    connect: () => connect(config, context),
    async inspect(connection) {
      const { rows } = await connection.run({
        sql: ROLES,
        values: [],
        writes: false,
        rowsMax: 1,
        bytesMax: 1_000,
        timeoutMs: limits.sqlStatementMs,
      });
      const [privileged, version] = rows[0] ?? [];
      if (privileged === true && config.allowPrivilegedRole !== true) throw tooPrivileged(config);
      return `PostgreSQL ${typeof version === 'string' ? version : ''}`;
    },
  };
}

async function connect(
  config: ServerConfig,
  context: ConnectorContext,
): Promise<DatabaseConnection> {
  const { socket, password, tls } = await openServerSocket(config, context, PORT);
  // The driver wants to connect by itself; the socket it gets is connected already.
  socket.connect = () => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  const client = new Client({
    stream: () => socket,
    host: config.host,
    user: config.user,
    password,
    database: config.database,
    ssl: tls,
    application_name: 'mcp-gateway',
    connectionTimeoutMillis: limits.upstreamConnectMs,
    options: '-c datestyle=ISO -c timezone=UTC -c client_encoding=UTF8 -c bytea_output=hex',
  });
  const connection = new PostgresConnection(client);
  try {
    await client.connect();
  } catch (cause) {
    connection.close();
    throw unreachable(cause);
  }
  connection.bound();
  return connection;
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: Client;
  #resetBytes: () => void = () => {};
  #failure: unknown;
  #closed = false;

  constructor(client: Client) {
    this.#client = client;
    client.on('error', (error) => {
      this.#failure = error;
      this.close();
    });
    client.on('end', () => {
      this.#closed = true;
    });
  }

  get usable(): boolean {
    return !this.#closed;
  }

  /** Bounds what one statement may bring; the stream is final once the client is connected. */
  bound(): void {
    this.#resetBytes = boundStream(this.#stream);
  }

  async run(request: RunRequest): Promise<RunResult> {
    this.#resetBytes();
    try {
      await this.#client.query(request.writes ? 'BEGIN READ WRITE' : 'BEGIN READ ONLY');
      await this.#client.query(LIMITS, [String(request.timeoutMs)]);
      const query = new LimitedQuery(request);
      this.#client.query(query as never);
      const result = await query.done;
      await this.#client.query(request.writes ? 'COMMIT' : 'ROLLBACK');
      return result;
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => this.close());
      throw this.#toError(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#stream.destroy();
  }

  get #stream(): Duplex {
    return (this.#client as unknown as { readonly connection: { readonly stream: Duplex } })
      .connection.stream;
  }

  #toError(error: unknown): Error {
    if (error instanceof StatementError) return error;
    const { code, message, severity } = error as {
      code?: unknown;
      message?: string;
      severity?: unknown;
    };
    if (typeof severity === 'string' && typeof code === 'string') {
      return new StatementError(problemOfSqlState(code), code, message, error);
    }
    const cause = this.#failure ?? error;
    if (cause instanceof Error && cause.message === TOO_MANY_BYTES) {
      return new StatementError('too_large', 'bytes', undefined, cause);
    }
    const text = 'The connection to the database was lost.';
    return new GatewayError('upstream_failed', text, { cause });
  }
}

function tooPrivileged(config: ServerConfig): GatewayError {
  const text =
    `The role ${config.user} may reach files or programs of the database server. ` +
    'Use a role of its own for this service, or set allowPrivilegedRole.';
  return new GatewayError('invalid_configuration', text);
}

function unreachable(cause: unknown): GatewayError {
  const state = (cause as { code?: unknown }).code;
  if (typeof state === 'string' && /^(?:28|3D)/.test(state)) {
    const text = `The database does not let the gateway in (${state}).`;
    return new GatewayError('invalid_configuration', text, { cause });
  }
  const text = 'The database server does not answer as one.';
  return new GatewayError('upstream_unavailable', text, { cause });
}
