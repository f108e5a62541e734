import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../kernel/errors.ts';
import { resultCodeOf, SQLITE_BUSY } from './result-codes.ts';

/** A data folder held by this process. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process, or throws `conflict` naming who has it.
 *
 * The lock is SQLite's own on an empty database beside the real one, held by a transaction that
 * never ends. The kernel drops it with the process, however that dies, so there is no stale lock
 * to judge: a process id in a file would have to be checked against reuse, and means nothing to
 * another container on the same volume. Nothing else in this process may open the lock file,
 * because closing any descriptor of a file drops the process's POSIX locks on it.
 */
export function lockFolder(dataDir: string): FolderLock {
  const lock = new DatabaseSync(join(dataDir, 'gateway.lock'), { timeout: 0 });
  const holderPath = join(dataDir, 'gateway.pid');
  try {
    // IMMEDIATE, not EXCLUSIVE: of two starting at once exactly one wins.
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    lock.close();
    if ((resultCodeOf(error) & 0xff) !== SQLITE_BUSY) throw error;
    const holder = readHolder(holderPath);
    const text = `The data folder ${dataDir} is in use by another gateway${holder}.`;
    throw new GatewayError('conflict', text);
  }
  writeFileSync(`${holderPath}.new`, `process ${process.pid} on ${hostname()}\n`, { mode: 0o600 });
  renameSync(`${holderPath}.new`, holderPath);
  return {
    release: () => {
      rmSync(holderPath, { force: true });
      lock.close();
    },
  };
}

function readHolder(path: string): string {
  try {
    return ` (${readFileSync(path, 'utf8').trim()})`;
  } catch {
    // The holder is between taking the lock and saying so.
    return '';
  }
}
