import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { findPrograms, freePort, makeDatabaseFolder, untilReady } from './database-folder.ts';

/** A MariaDB server of a test's own, on a free port of 127.0.0.1. */
export interface MariadbServer extends AsyncDisposable {
  readonly port: number;
  /** Name and password of who may do everything. */
  readonly user: string;
  readonly password: string;
  /** Runs statements as that user, one after the other; the rows of all of them. */
  run(...statements: readonly string[]): Promise<readonly unknown[]>;
}

/** Where the server's two programs are. */
export interface MariadbPrograms {
  readonly server: string;
  readonly install: string;
}

const execute = promisify(execFile);
const START_MS = 30_000;
/** A user's PATH rarely names the folders of servers. */
const FOLDERS = ['/usr/sbin', '/usr/libexec', '/usr/bin', '/usr/local/mysql/bin'];

/** The server's programs, or undefined when it is not installed. */
export function findMariadb(): MariadbPrograms | undefined {
  const install = findPrograms(['mariadb-install-db'], FOLDERS);
  if (install === undefined) return undefined;
  for (const name of ['mariadbd', 'mysqld']) {
    const folder = findPrograms([name], FOLDERS);
    if (folder === undefined) continue;
    return { server: join(folder, name), install: join(install, 'mariadb-install-db') };
  }
  return undefined;
}

/** Makes and starts a server; everything of it is gone when it is disposed. */
export async function startMariadb(programs: MariadbPrograms): Promise<MariadbServer> {
  const home = makeDatabaseFolder('mariadb-');
  const data = join(home.path, 'data');
  const [user, password] = ['owner', 'owner-password'];
  // Nothing of the machine's own configuration, and no account without a password.
  const initialise = ['--no-defaults', `--datadir=${data}`, '--skip-test-db', '--skip-log-bin'];
  await execute(programs.install, initialise, home.options);
  const accounts = [
    `CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO '${user}'@'127.0.0.1' WITH GRANT OPTION;`,
    `DELETE FROM mysql.global_priv WHERE user NOT IN ('${user}', 'mariadb.sys');`,
    'FLUSH PRIVILEGES;',
  ];
  const port = await freePort();
  const settings = {
    datadir: data,
    tmpdir: home.path,
    socket: join(home.path, 'socket'),
    'pid-file': join(home.path, 'pid'),
    'init-file': await home.write('accounts.sql', `${accounts.join('\n')}\n`),
    'bind-address': '127.0.0.1',
    port,
    'max-connections': 20,
    'innodb-buffer-pool-size': '16M',
    'innodb-flush-log-at-trx-commit': 0,
    'character-set-server': 'utf8mb4',
  };
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(programs.server, ['--no-defaults', '--skip-name-resolve', ...flags], {
    ...home.options,
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    await home.remove();
  };
  const run = async (...statements: readonly string[]): Promise<readonly unknown[]> => {
    const connection = await createConnection({ host: '127.0.0.1', port, user, password });
    try {
      const rows: unknown[] = [];
      for (const statement of statements) {
        const [result] = await connection.query(statement);
        if (Array.isArray(result)) rows.push(...(result as readonly unknown[]));
      }
      return rows;
    } finally {
      await connection.end();
    }
  };
  try {
    await untilReady(async () => void (await run('SELECT 1')), START_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, user, password, run, [Symbol.asyncDispose]: stop };
}
