import { constants } from 'node:fs';
import { open, realpath, statfs } from 'node:fs/promises';
import { GatewayError } from '../../kernel/errors.ts';
import type { FilesConfig } from './config.ts';
import { compilePathPattern } from './path-pattern.ts';

/** A folder that is served, and nothing above it. */
export interface FileRoot {
  readonly name: string;
  /** Its real path. */
  readonly path: string;
  readonly writable: boolean;
  /** The file system it is on; no path leads to another one. */
  readonly device: number;
  /** True when a folder that is open can be walked from by its descriptor. */
  readonly byDescriptor: boolean;
  /** True when the path may be seen at all. */
  serves(segments: readonly string[]): boolean;
}

/** Magic numbers of file systems whose files are not files: proc, sysfs, devpts, debugfs. */
const UNREAL: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x1cd1, 0x64626720]);

/** Finds out what the configured roots are. Throws GatewayError `invalid_configuration`. */
export async function openRoots(config: FilesConfig): Promise<readonly FileRoot[]> {
  const excludes = (config.exclude ?? []).map((glob) => compilePathPattern(glob, false));
  const serves = (segments: readonly string[]): boolean => {
    if (config.hidden !== true && segments.some((name) => name.startsWith('.'))) return false;
    return segments.every((_name, at) => {
      const path = segments.slice(0, at + 1).join('/');
      return !excludes.some((matches) => matches(path) || matches(`${path}/`));
    });
  };
  return await Promise.all(
    config.roots.map(async ({ name, path, writable }) => ({
      name,
      writable: writable ?? false,
      serves,
      ...(await inspect(name, path)),
    })),
  );
}

async function inspect(
  name: string,
  configured: string,
): Promise<Pick<FileRoot, 'path' | 'device' | 'byDescriptor'>> {
  try {
    const path = await realpath(configured);
    if (path === '/' || UNREAL.has((await statfs(path)).type))
      throw unfit(name, 'may not be served');
    await using folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    const { dev: device } = await folder.stat();
    return { path, device, byDescriptor: await walksByDescriptor(folder.fd, device) };
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw unfit(name, 'is not a folder that can be read', cause);
  }
}

/** Linux shows open descriptors as links under /proc; elsewhere paths have to do. */
async function walksByDescriptor(descriptor: number, device: number): Promise<boolean> {
  try {
    await using again = await open(`/proc/self/fd/${descriptor}`, constants.O_RDONLY);
    return (await again.stat()).dev === device;
  } catch {
    return false;
  }
}

function unfit(name: string, problem: string, cause?: unknown): GatewayError {
  const text = `The path of the root ${name} ${problem}.`;
  return new GatewayError('invalid_configuration', text, { cause });
}
