import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder for a database server's files, and the account that owns them. */
export interface DatabaseFolder {
  readonly path: string;
  /** How its programs are run: never as root, which they refuse. */
  readonly options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly uid?: number;
    readonly gid?: number;
  };
  /** Writes a file that only the account may read; returns its path. */
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

/** This account owns nothing. */
const NOBODY = 65_534;

/** Makes the folder; it belongs to nobody when this process is root. */
export function makeDatabaseFolder(prefix: string): DatabaseFolder {
  const path = mkdtempSync(join(tmpdir(), prefix));
  const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const own = (file: string): void => {
    if (account.uid !== undefined) chownSync(file, account.uid, account.gid);
  };
  own(path);
  return {
    path,
    options: { ...account, cwd: path, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } },
    async write(name, text) {
      const file = join(path, name);
      await writeFile(file, text, { mode: 0o600 });
      own(file);
      return file;
    },
    remove: () => rm(path, { recursive: true }),
  };
}

/** The first of the folders, then of PATH, in which all these programs are. */
export function findPrograms(
  names: readonly string[],
  folders: readonly string[],
): string | undefined {
  const runnable = (file: string): boolean => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return [...folders, ...(process.env['PATH'] ?? '').split(':')].find((folder) =>
    names.every((name) => runnable(join(folder, name))),
  );
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Tries until it succeeds; throws its last error once the time is over. */
export async function untilReady(attempt: () => Promise<void>, withinMs: number): Promise<void> {
  const endsAtMs = Date.now() + withinMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > endsAtMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
