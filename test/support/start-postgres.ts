import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findPrograms, freePort, makeDatabaseFolder, untilReady } from './database-folder.ts';

/** A PostgreSQL cluster of a test's own, on a free port of 127.0.0.1. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Name and password of the superuser. */
  readonly user: string;
  readonly password: string;
}

const run = promisify(execFile);
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
  return findPrograms(['initdb', 'postgres'], installed());
}

/** Makes and starts a cluster; everything of it is gone when it is disposed. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const home = makeDatabaseFolder('postgres-');
  const data = join(home.path, 'data');
  const [user, password] = ['owner', 'owner-password'];
  const initialise = [
    '--pgdata',
    data,
    '--username',
    user,
    '--pwfile',
    await home.write('password', password),
    '--no-sync',
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
  ];
  await run(join(programs, 'initdb'), initialise, home.options);
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
    ...home.options,
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    // Fast shutdown: open connections are ended.
    child.kill('SIGINT');
    await exited;
    await home.remove();
  };
  try {
    await untilReady(async () => {
      const access = { host: '127.0.0.1', database: 'postgres', port, user, password };
      const client = new Client(access);
      await client.connect();
      await client.end();
    }, START_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, user, password, [Symbol.asyncDispose]: stop };
}
