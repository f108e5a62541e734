import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GatewayError } from '../../../kernel/errors.ts';

/**
 * Writes files to a folder as a whole: into a sibling first, which then takes the folder's place.
 * A folder that holds something is refused, unless `replace`: then what is not ours in it stays.
 * Throws GatewayError `conflict`.
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string>,
  replace: boolean,
): Promise<void> {
  const target = resolve(folder);
  const held = await entriesOf(target);
  if (held !== undefined && held.length > 0 && !replace) {
    const text = `The folder ${folder} is not empty; choose another, or replace it with --force.`;
    throw new GatewayError('conflict', text);
  }
  const mark = randomUUID().slice(0, 8);
  const fresh = join(dirname(target), `.${basename(target)}.${mark}.new`);
  const old = join(dirname(target), `.${basename(target)}.${mark}.old`);
  try {
    await writeAll(fresh, files);
    if (held !== undefined) await rename(target, old);
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if ((await entriesOf(target)) === undefined && held !== undefined) await rename(old, target);
    throw error;
  }
  if (held === undefined) return;
  const ours = new Set([...files.keys()].map((path) => path.split('/', 1)[0]));
  for (const name of held) {
    if (!ours.has(name)) await rename(join(old, name), join(target, name));
  }
  await rm(old, { recursive: true });
}

async function writeAll(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const folders = new Set([...files.keys()].map((path) => dirname(join(folder, path))));
  for (const each of folders) await mkdir(each, { recursive: true });
  for (const [path, text] of files) await writeFile(join(folder, path), text);
}

/** The names in a folder; undefined when there is none. */
async function entriesOf(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code !== 'ENOTDIR') throw error;
    throw new GatewayError('conflict', `${folder} is a file, not a folder.`);
  }
}
