import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** A PostgreSQL cluster of a test's own, on a free port of 127.0.0.1. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Name and password of the superuser. */
  readonly user: string;
  readonly password: string;
}

const run = promisify(execFile);
/** The server refuses to run as root; this account owns nothing. */
const NOBODY = 65_534;
const START_MS = 30_000;

/** The folder of the server's programs, or undefined when it is not installed. */
export function findPostgres(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const installed = (): readonly string[] => {
    try {
      return readdirSync(versions).map((version) => join(versions, version, 'bin'));
    } catch {
      return [];
    }
  };
  const folders = [...installed(), ...(process.env['PATH'] ?? '').split(':')];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

/** Makes and starts a cluster; everything of it is gone when it is disposed. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const home = mkdtempSync(join(tmpdir(), 'postgres-'));
  const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (account.uid !== undefined) chownSync(home, account.uid, account.gid);
  const data = join(home, 'data');
  const [user, password] = ['owner', 'owner-password'];
  const secret = join(home, 'password');
  await writeFile(secret, password);
  if (account.uid !== undefined) chownSync(secret, account.uid, account.gid);
  const options = { ...account, cwd: home, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } };
  const initialise = [
    '--pgdata',
    data,
    '--username',
    user,
    '--pwfile',
    secret,
    '--no-sync',
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
  ];
  await run(join(programs, 'initdb'), initialise, options);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '20',
    shared_buffers: '16MB',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(programs, 'postgres'), ['-D', data, ...flags], {
    ...options,
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    // Fast shutdown: open connections are ended.
    child.kill('SIGINT');
    await exited;
    await rm(home, { recursive: true });
  };
  try {
    await untilReady({ port, user, password });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, user, password, [Symbol.asyncDispose]: stop };
}

async function untilReady(access: { port: number; user: string; password: string }): Promise<void> {
  const endsAtMs = Date.now() + START_MS;
  for (;;) {
    const client = new Client({ host: '127.0.0.1', database: 'postgres', ...access });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > endsAtMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
