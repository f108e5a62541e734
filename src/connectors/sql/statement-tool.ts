import { GatewayError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import { errorResult, structuredResult } from '../../upstream/tool-result.ts';
import type { ServedTool } from '../../upstream/tool-server.ts';
import type { SqlStatement } from './config.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { DatabaseConnection, RunRequest, RunResult } from './database.ts';
import { parameterSchema, parameterValue } from './parameter-value.ts';
import { StatementError } from './statement-error.ts';

/** The database stops a statement itself; it is cut off only when it does not. */
const GRACE_MS = 1_000;
/** Time kept back so that the result still reaches the client. */
const MARGIN_MS = 500;

/** Makes a tool of a fixed statement: typed arguments in, rows out. */
export function statementTool(statement: SqlStatement, pool: ConnectionPool, log: Log): ServedTool {
  const parameters = statement.parameters ?? [];
  const writes = statement.writes ?? false;
  const required = parameters
    .filter((parameter) => parameter.optional !== true && parameter.default === undefined)
    .map(({ name }) => name);
  return {
    definition: {
      name: statement.name,
      description: statement.description,
      inputSchema: {
        type: 'object',
        properties: Object.fromEntries(parameters.map((it) => [it.name, parameterSchema(it)])),
        ...(required.length === 0 ? {} : { required }),
        additionalProperties: false,
      },
      outputSchema: resultSchema(writes),
      annotations: { readOnlyHint: !writes },
    },
    async run(input, { io }) {
      const values = new Map(parameters.map((it) => [it.name, parameterValue(it, input)]));
      const order = statement.placeholders ?? parameters.map(({ name }) => name);
      const leftMs = Math.max(1, io.deadlineMs - Date.now() - MARGIN_MS);
      const request: RunRequest = {
        sql: statement.sql,
        values: order.map((name) => values.get(name) ?? null),
        writes,
        rowsMax: statement.rowsMax ?? limits.sqlRowsMax,
        bytesMax: limits.sqlResultBytesMax,
        timeoutMs: Math.min(statement.timeoutMs ?? limits.sqlStatementMs, leftMs),
      };
      try {
        const result = await pool.with(request.timeoutMs, (connection) =>
          runBounded(connection, request, io),
        );
        return toToolResult(result, writes);
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        const reason = error.cause instanceof Error ? error.cause.message : '';
        log.warn({ tool: statement.name, code: error.code, reason }, 'a statement was refused');
        return errorResult(error.message);
      }
    },
  };
}

/** Runs a statement on a connection that is closed when time is up or the caller has gone. */
async function runBounded(
  connection: DatabaseConnection,
  request: RunRequest,
  io: ExchangeIo,
): Promise<RunResult> {
  const { promise: cut, reject } = Promise.withResolvers<never>();
  cut.catch(() => {});
  const end = (error: Error): void => {
    reject(error);
    connection.close();
  };
  const timer = setTimeout(
    () => end(new StatementError('timeout', 'client')),
    request.timeoutMs + GRACE_MS,
  );
  const undo = io.cancellation.onCancel(() => end(new GatewayError('cancelled')));
  const running = connection.run(request);
  // Once it was cut, nobody waits for its end.
  running.catch(() => {});
  try {
    return await Promise.race([cut, running]);
  } finally {
    clearTimeout(timer);
    undo();
  }
}

function toToolResult(result: RunResult, writes: boolean): JsonObject {
  const { truncated, changedRows } = result;
  const names = distinctNames(result.columns.map(({ name }) => name));
  const columns = result.columns.map(({ type }, at): JsonObject => ({
    name: names[at] ?? '',
    type,
  }));
  const rows = result.rows.map((row) =>
    Object.fromEntries(row.map((value, at) => [names[at] ?? '', value])),
  );
  const value: { [key: string]: Json } = { columns, rows, rowCount: rows.length, truncated };
  if (writes && changedRows !== undefined) value['changedRows'] = changedRows;
  const note = 'There is more than is shown: narrow it with the arguments.';
  return structuredResult(value, ...(truncated ? [note] : []));
}

/** A second column of a name gets a number, so that no value is lost. */
function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let distinct = name === '' ? 'column' : name;
    for (let count = 2; taken.has(distinct); count += 1) distinct = `${name}_${count}`;
    taken.add(distinct);
    return distinct;
  });
}

function resultSchema(writes: boolean): JsonObject {
  const column: JsonObject = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      type: {
        type: 'string',
        description: 'binary is base64; decimals and wide integers are text',
      },
    },
  };
  return {
    type: 'object',
    properties: {
      columns: { type: 'array', items: column },
      rows: { type: 'array', items: { type: 'object' } },
      rowCount: { type: 'integer' },
      truncated: { type: 'boolean' },
      ...(writes ? { changedRows: { type: 'integer' } } : {}),
    },
  };
}
