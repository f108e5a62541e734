import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { GatewayError } from '../../kernel/errors.ts';

/**
 * The absolute path of an executable: a name without a slash is looked up in PATH, a relative path
 * starts at the working directory. Throws GatewayError `upstream_unavailable` when there is none.
 */
export async function findCommand(command: string, path: string, cwd: string): Promise<string> {
  const isPath = command.includes('/');
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  const candidates = isPath
    ? [resolve(cwd, command)]
    : folders.map((folder) => join(folder, command));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  throw new GatewayError('upstream_unavailable', 'The command of the service was not found.');
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
