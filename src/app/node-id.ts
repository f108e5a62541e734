import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';

const SHAPE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The id of this instance: the configured one, or the one in `node.id` of the data folder, which
 * is made there at the first start. Rejects with `invalid_configuration` when the file holds none.
 */
export async function nodeId(
  configured: string | undefined,
  directory: string,
  ids: IdSource,
): Promise<string> {
  if (configured !== undefined) return configured;
  const path = join(directory, 'node.id');
  const kept = await read(path);
  if (kept !== undefined) return kept;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const made = ids.next('nod');
  const draft = `${path}.${made}`;
  await writeFile(draft, `${made}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
    return made;
  } catch (error) {
    // Another start in this folder was faster; its id counts.
    const theirs = await read(path);
    if (theirs === undefined) throw error;
    return theirs;
  } finally {
    await unlink(draft);
  }
}

async function read(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (SHAPE.test(text) && text.length <= limits.nodeIdLengthMax) return text;
  const problem = `The file ${path} must hold the id of this node; delete it to get a new one.`;
  throw new GatewayError('invalid_configuration', problem);
}
