import { constants, type Dirent, type Stats } from 'node:fs';
import { lstat, open, opendir, type FileHandle } from 'node:fs/promises';
import { ABSENT, PathError } from './file-path.ts';
import type { FileRoot } from './file-root.ts';

/** An open folder: what is in it is reached from here, whatever happens to the path meanwhile. */
export interface OpenFolder extends AsyncDisposable {
  /** The path of something in the folder. */
  at(name: string): string;
  /** Its entries in no order, one by one. */
  entries(): AsyncIterable<Dirent>;
}

/** An open regular file. */
export interface OpenFile extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** A named pipe would hold up the opening of one that waits. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a folder beneath the root, name by name: each name is opened in the folder that is open
 * already, symbolic links are not followed, other file systems not entered. Throws PathError.
 */
export async function openFolder(root: FileRoot, names: readonly string[]): Promise<OpenFolder> {
  let handle = await opened(open(root.path, FOLDER));
  let path = root.path;
  for (const name of names) {
    const parent = handle;
    try {
      path = `${path}/${name}`;
      handle = await opened(open(root.byDescriptor ? `${byFd(parent)}/${name}` : path, FOLDER));
    } finally {
      await parent.close();
    }
    if ((await handle.stat()).dev !== root.device) {
      await handle.close();
      throw new PathError(ABSENT);
    }
  }
  const base = root.byDescriptor ? byFd(handle) : path;
  return {
    at: (name) => `${base}/${name}`,
    entries: () => entriesOf(base),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Opens a regular file of an open folder for reading. Throws PathError for anything else. */
export async function openFile(folder: OpenFolder, name: string): Promise<OpenFile> {
  const path = folder.at(name);
  // Opening a device may do something, so it is not even opened.
  if (!(await opened(lstat(path))).isFile()) throw new PathError('does not lead to a file.');
  const handle = await opened(open(path, FILE));
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new PathError('does not lead to a file.');
  }
  return { handle, stats, [Symbol.asyncDispose]: () => handle.close() };
}

/** Opens the file that the names lead to. Throws PathError. */
export async function openFileAt(root: FileRoot, names: readonly string[]): Promise<OpenFile> {
  const name = names.at(-1);
  if (name === undefined) throw new PathError('is the root itself, which is a folder.');
  await using folder = await openFolder(root, names.slice(0, -1));
  return await openFile(folder, name);
}

async function* entriesOf(base: string): AsyncIterable<Dirent> {
  yield* await opened(opendir(base));
}

const byFd = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`;

/** What the system refuses becomes a PathError that says no more than the caller may know. */
async function opened<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (cause) {
    throw toPathError(cause);
  }
}

/** A system error as a PathError; the code alone decides, texts and paths stay here. */
export function toPathError(cause: unknown): unknown {
  switch ((cause as { code?: unknown } | null)?.code) {
    case 'ENOENT':
    case 'ELOOP':
    case 'ENXIO':
      return new PathError(ABSENT);
    case 'ENOTDIR':
      return new PathError('goes through something that is not a folder.');
    case 'EACCES':
    case 'EPERM':
      return new PathError('may not be opened by the gateway.');
    case 'EEXIST':
      return new PathError('leads to something that exists already.');
    case 'ENAMETOOLONG':
      return new PathError('has a name that is too long.');
    case 'EROFS':
    case 'ENOSPC':
    case 'EDQUOT':
      return new PathError('is where nothing more can be written.');
    default:
      return cause;
  }
}
