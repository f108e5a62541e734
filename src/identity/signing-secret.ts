import { randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../kernel/errors.ts';

const SECRET_BYTES = 32;

/**
 * The gateway's signing secret: read from `signing.key` in the data folder, made there when it is
 * missing. Rejects with `invalid_configuration` when the file is not 32 bytes or others may read
 * it.
 */
export async function signingSecret(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'signing.key');
  return (await read(path)) ?? (await create(dataDir, path));
}

async function read(path: string): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const status = await file.stat();
    if (!status.isFile() || status.size !== SECRET_BYTES) {
      refuse(`The signing secret ${path} must be a file of ${SECRET_BYTES} bytes.`);
    }
    // Windows has no such modes.
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      refuse(`The signing secret ${path} may be read by others; run chmod 600 on it.`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Links a complete, synced file into place, so that no crash leaves half a secret. */
async function create(dataDir: string, path: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const secret = randomBytes(SECRET_BYTES);
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
    const theirs = await read(path);
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

function refuse(text: string): never {
  throw new GatewayError('invalid_configuration', text);
}
