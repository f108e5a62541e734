import { isIP } from 'node:net';
import { types, type ClientConfig } from 'pg';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

/** How a connection is protected: not at all, against readers, or against impostors too. */
export type TlsMode = 'off' | 'encrypt' | 'verify';

/** Where the database is and how to talk to it. */
export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at once. */
  readonly poolMax: number;
  /** Making a connection, and waiting for a free one. */
  readonly connectMs: number;
  /** One statement. */
  readonly statementMs: number;
  /** `verify` unless the host is this machine, then `off`. */
  readonly tlsMode?: TlsMode;
  /** Certificates of the authorities that are trusted, PEM; Node's own when absent. */
  readonly tlsCa?: string;
}

const INT8 = 20;

/** Settings of one connection, for the pool and for connections that stand alone. */
export function clientSettings(settings: PostgresSettings): ClientConfig {
  const { url, connectMs, statementMs, tlsCa } = settings;
  const { hostname } = readUrl(url);
  const { tlsMode = isThisMachine(hostname) ? 'off' : 'verify' } = settings;
  return {
    connectionString: url,
    application_name: 'mcp-gateway',
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    // A server that does not keep its own limit is not waited for either.
    query_timeout: statementMs + limits.databaseGraceMs,
    idle_in_transaction_session_timeout: limits.databaseIdleInTransactionMs,
    keepAlive: true,
    types: { getTypeParser },
    ssl:
      tlsMode === 'off'
        ? false
        : {
            rejectUnauthorized: tlsMode === 'verify',
            ...(tlsCa === undefined ? {} : { ca: tlsCa }),
            // No name is announced for an address (RFC 6066, section 3).
            ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
          },
  };
}

/** The database's place in messages and logs: never its password. */
export function databasePlace(url: string): string {
  const { hostname, port, pathname } = readUrl(url);
  return `${hostname || 'this machine'}:${port || '5432'}${pathname}`;
}

function readUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null) {
    throw new GatewayError('invalid_configuration', 'database.url is not a URL.');
  }
  return parsed;
}

function isThisMachine(hostname: string): boolean {
  return ['', 'localhost', '[::1]'].includes(hostname) || hostname.startsWith('127.');
}

/** 64-bit integers come as numbers, as SQLite gives them; one that is too large as a bigint. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 && format !== 'binary') return readInteger;
  return types.getTypeParser(oid, format) as (text: string) => unknown;
}

function readInteger(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
