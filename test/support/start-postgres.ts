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
  /** Its first database, for the superuser. */
  readonly url: string;
  /** Name and password of the superuser. */
  readonly user: string;
  readonly password: string;
  /** Kills it the hard way; its data stay. */
  kill(): Promise<void>;
  /** Starts it again on its data and its port. */
  restart(): Promise<void>;
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
    max_connections: '100',
    shared_buffers: '16MB',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = { path: join(programs, 'postgres'), args: ['-D', data, ...flags] };
  const access = { host: '127.0.0.1', database: 'postgres', port, user, password };
  let child = spawn(program.path, program.args, { ...home.options, stdio: 'ignore' });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const ready = () =>
    untilReady(async () => {
      // What a killed server left behind may keep the next one from starting for a moment.
      if (child.exitCode !== null) {
        child = spawn(program.path, program.args, { ...home.options, stdio: 'ignore' });
      }
      const client = new Client(access);
      await client.connect();
      await client.end();
    }, START_MS);
  const stop = async (): Promise<void> => {
    // Fast shutdown: open connections are ended.
    await end('SIGINT');
    await home.remove();
  };
  const restart = async (): Promise<void> => {
    child = spawn(program.path, program.args, { ...home.options, stdio: 'ignore' });
    await ready();
  };
  try {
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
  const kill = () => end('SIGKILL');
  return { port, url, user, password, kill, restart, [Symbol.asyncDispose]: stop };
}
