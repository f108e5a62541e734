import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import { textResult } from '../../upstream/tool-result.ts';
import { PathError } from './file-path.ts';
import type { FileRoot } from './file-root.ts';
import { flagArgument, textArgument, type FilePlace, type FileTool } from './file-tool.ts';
import { openFolder, toPathError, type OpenFolder } from './open-beneath.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const MODE = 0o644;

/** Called after a file was written; `isNew` when there was none before. */
export type FileWritten = (place: FilePlace, isNew: boolean) => void;

/** Writes a file of a writable root: a new one or in the place of an old one, whole or not. */
export function writeTool(written: FileWritten): FileTool {
  return {
    name: 'write_file',
    description: 'Writes a file. A file that exists is kept unless `overwrite` is true.',
    pathDescription: 'The file, relative to the root.',
    properties: {
      content: { type: 'string', description: 'Text, or base64 when `encoding` says so.' },
      encoding: { enum: ['text', 'base64'], description: 'Default: text.' },
      overwrite: { type: 'boolean', description: 'Replace a file that exists.' },
      createFolders: { type: 'boolean', description: 'Make the folders that are missing.' },
    },
    required: ['path', 'content'],
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    async run(place, input) {
      const { root, names } = place;
      if (!root.writable) throw new PathError('is in a root that is only read.');
      const name = names.at(-1);
      if (name === undefined) throw new PathError('is the root itself, which is a folder.');
      const bytes = contentOf(input);
      const overwrite = flagArgument(input, 'overwrite');
      const folders = names.slice(0, -1);
      if (flagArgument(input, 'createFolders')) await makeFolders(root, folders);
      await using folder = await openFolder(root, folders);
      const isNew = overwrite
        ? await replace(folder, name, bytes)
        : await create(folder, name, bytes);
      written(place, isNew);
      return textResult(`${isNew ? 'Created' : 'Replaced'}: ${bytes.byteLength} bytes.`);
    },
  };
}

function contentOf(input: JsonObject): Buffer {
  const content = textArgument(input, 'content') ?? '';
  const encoding = textArgument(input, 'encoding') ?? 'text';
  if (encoding !== 'text' && encoding !== 'base64') {
    throw new ArgumentError('encoding', 'must be "text" or "base64".');
  }
  if (encoding === 'base64' && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) {
    throw new ArgumentError('content', 'is not base64.');
  }
  const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
  if (bytes.byteLength <= limits.fileWriteBytesMax) return bytes;
  throw new ArgumentError('content', `has more than ${limits.fileWriteBytesMax} bytes.`);
}

async function makeFolders(root: FileRoot, names: readonly string[]): Promise<void> {
  for (const [at, name] of names.entries()) {
    await using parent = await openFolder(root, names.slice(0, at));
    await system(mkdir(parent.at(name)), ['EEXIST']);
  }
}

async function create(folder: OpenFolder, name: string, bytes: Buffer): Promise<true> {
  await writeNew(folder, name, bytes, MODE);
  return true;
}

/** Writes beside the file and then takes its place, so that no reader sees half of it. */
async function replace(folder: OpenFolder, name: string, bytes: Buffer): Promise<boolean> {
  const before = await lstat(folder.at(name)).catch(() => undefined);
  if (before !== undefined && !before.isFile()) throw new PathError('does not lead to a file.');
  const temporary = `.${randomBytes(9).toString('base64url')}.partial`;
  await writeNew(folder, temporary, bytes, before === undefined ? MODE : before.mode & 0o777);
  try {
    await system(rename(folder.at(temporary), folder.at(name)));
  } catch (error) {
    await unlink(folder.at(temporary)).catch(() => {});
    throw error;
  }
  return before === undefined;
}

async function writeNew(
  folder: OpenFolder,
  name: string,
  bytes: Buffer,
  mode: number,
): Promise<void> {
  const handle = await system(open(folder.at(name), CREATE, mode));
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } catch (error) {
    await unlink(folder.at(name)).catch(() => {});
    throw toPathError(error);
  } finally {
    await handle.close();
  }
}

/** What the system refuses becomes a PathError, unless the code does not matter. */
async function system<T>(action: Promise<T>, harmless: readonly string[] = []): Promise<T> {
  try {
    return await action;
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (harmless.includes(code)) return undefined as T;
    throw toPathError(error);
  }
}
