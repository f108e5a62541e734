import { lstat } from 'node:fs/promises';
import type { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { isUsableName, PathError } from './file-path.ts';
import type { FileRoot } from './file-root.ts';
import { openFolder } from './open-beneath.ts';

/** A file or a folder that was found. */
export interface FoundEntry {
  readonly names: readonly string[];
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** How far a walk goes. */
export interface WalkOptions {
  /** True to enter folders. */
  readonly recursive: boolean;
  /** Names looked at, whether they are reported or not. */
  readonly visitsMax: number;
  readonly cancellation: Cancellation;
}

/** What a walk came to. */
export interface WalkEnd {
  /** True when there was more than it looked at. */
  readonly partial: boolean;
}

/**
 * Walks a folder, nearest first and by name. Links, pipes, devices, other file systems and what
 * the root does not serve are passed over. Throws PathError when the folder itself is not there.
 */
export async function* walkFiles(
  root: FileRoot,
  start: readonly string[],
  options: WalkOptions,
): AsyncGenerator<FoundEntry, WalkEnd> {
  let visits = 0;
  const queue: (readonly string[])[] = [start];
  for (let names = queue.shift(); names !== undefined; names = queue.shift()) {
    const visitsLeft = options.visitsMax - visits;
    const { found, seen, more } = await readFolder(root, names, visitsLeft, names === start);
    visits += seen;
    for (const entry of found) {
      if (options.cancellation.reason !== undefined) throw new GatewayError('cancelled');
      yield entry;
      const deeper = entry.names.length < limits.filePathSegmentsMax;
      if (options.recursive && entry.kind === 'folder' && deeper) queue.push(entry.names);
    }
    if (more || visits >= options.visitsMax) return { partial: more || queue.length > 0 };
  }
  return { partial: false };
}

async function readFolder(
  root: FileRoot,
  names: readonly string[],
  visitsMax: number,
  mustExist: boolean,
): Promise<{ found: readonly FoundEntry[]; seen: number; more: boolean }> {
  const found: FoundEntry[] = [];
  let seen = 0;
  let more = false;
  try {
    await using folder = await openFolder(root, names);
    for await (const entry of folder.entries()) {
      if (seen >= visitsMax) {
        more = true;
        break;
      }
      seen += 1;
      const path = [...names, entry.name];
      if (!isUsableName(entry.name) || !root.serves(path)) continue;
      const stats = await lstat(folder.at(entry.name)).catch(() => undefined);
      const kind = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'folder' : undefined;
      if (stats === undefined || kind === undefined) continue;
      if (kind === 'folder' && stats.dev !== root.device) continue;
      const { size: sizeBytes, mtimeMs } = stats;
      found.push({ names: path, kind, sizeBytes, modifiedAtMs: Math.trunc(mtimeMs) });
    }
  } catch (error) {
    // A folder may go while its siblings are read.
    if (mustExist || !(error instanceof PathError)) throw error;
  }
  found.sort((a, b) => ((a.names.at(-1) ?? '') < (b.names.at(-1) ?? '') ? -1 : 1));
  return { found, seen, more };
}
