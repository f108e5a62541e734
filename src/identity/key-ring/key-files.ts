import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { SealKey } from '../../kernel/seal.ts';
import { refused, RING_SECRET_BYTES } from './key-ring.ts';

/** `signing.key` is the key k1, `signing-k2.key` the key k2 and so on. */
const FILE_NAME = /^signing(?:-k([2-9]|[1-9]\d+))?\.key$/;

/** The file of a key in the data folder; key number 1 has no number in its name. */
export function keyFilePath(dataDir: string, number: number): string {
  return join(dataDir, number === 1 ? 'signing.key' : `signing-k${number}.key`);
}

/**
 * The keys in the data folder, the newest first; none when there are none. Rejects with
 * `invalid_configuration` when a file is not 32 bytes or others may read it.
 */
export async function readKeyFiles(dataDir: string): Promise<readonly SealKey[]> {
  const numbers = (await namesIn(dataDir)).flatMap((name) => {
    const found = FILE_NAME.exec(name);
    return found === null ? [] : [Number(found[1] ?? 1)];
  });
  const newestFirst = numbers.toSorted((one, other) => other - one);
  const read = newestFirst.map(async (number) => {
    const secret = await readSecret(keyFilePath(dataDir, number));
    return secret === undefined ? [] : [{ id: `k${number}`, secret }];
  });
  return (await Promise.all(read)).flat();
}

/** Makes a key file unless it is there; resolves to the key, whoever made it. */
export async function makeKeyFile(dataDir: string, number: number): Promise<SealKey> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return { id: `k${number}`, secret: await create(dataDir, keyFilePath(dataDir, number)) };
}

/** Makes a key file after the newest one; rejects when another program did so at this moment. */
export async function addKeyFile(dataDir: string): Promise<SealKey> {
  const [newest] = await readKeyFiles(dataDir);
  const number = newest === undefined ? 1 : Number(newest.id.slice(1)) + 1;
  return await makeKeyFile(dataDir, number);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readSecret(path: string): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const status = await file.stat();
    if (!status.isFile() || status.size !== RING_SECRET_BYTES) {
      throw refused(`The signing secret ${path} must be a file of ${RING_SECRET_BYTES} bytes.`);
    }
    // Windows has no such modes.
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      throw refused(`The signing secret ${path} may be read by others; run chmod 600 on it.`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Links a complete, synced file into place, so that no crash leaves half a secret. */
async function create(dataDir: string, path: string): Promise<Buffer> {
  const secret = randomBytes(RING_SECRET_BYTES);
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(secret);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Another process was faster; its secret counts.
    const theirs = await readSecret(path);
    if (theirs !== undefined) return theirs;
    throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dataDir);
  return secret;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
