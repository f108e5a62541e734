import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '../storage/sqlite/folder-lock.ts';

/** Says who holds the data folder, or undefined when it is free; leaves nothing behind. */
export function dataFolderProblem(directory: string): string | undefined {
  if (!existsSync(join(directory, 'gateway.lock'))) return undefined;
  try {
    lockFolder(directory).release();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
