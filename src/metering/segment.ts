import { close, constants, fdatasync, open as openFile, write, writeSync } from 'node:fs';
import { open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How much an acknowledged record survives: power loss, or only the end of the process. */
export type Durability = 'strict' | 'standard';

const NAME = /^(\d{12})\.usage$/;
const DRAFT_SUFFIX = '.draft';
const ZEROS = Buffer.alloc(1024 * 1024);

/** One file of the log that is being written; `position` is where the next frame goes. */
export interface OpenSegment {
  readonly path: string;
  readonly bytes: number;
  readonly fd: number;
}

/** The path of the segment with this number. */
export function segmentPath(directory: string, sequence: number): string {
  return join(directory, `${String(sequence).padStart(12, '0')}.usage`);
}

/** The numbers of the segments in a folder, oldest first; drafts of a dead process are removed. */
export async function listSegments(directory: string): Promise<readonly number[]> {
  const names = await readdir(directory);
  const drafts = names.filter((name) => name.endsWith(DRAFT_SUFFIX));
  await Promise.all(drafts.map((name) => unlink(join(directory, name))));
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

/**
 * Makes a segment that is filled with zeros and opens it for writing. Overwriting bytes that are
 * there costs a third less per synced write than growing a file, whose length must be journaled
 * too, and cannot run out of disk halfway.
 */
export async function createSegment(
  directory: string,
  sequence: number,
  bytes: number,
  durability: Durability,
): Promise<OpenSegment> {
  const path = segmentPath(directory, sequence);
  await layOut(`${path}${DRAFT_SUFFIX}`, bytes);
  await rename(`${path}${DRAFT_SUFFIX}`, path);
  await syncFolder(directory);
  // Synced by the write itself: one trip through the thread pool instead of two.
  const sync = durability === 'strict' ? constants.O_DSYNC : 0;
  const fd = await promisify(openFile)(path, constants.O_WRONLY | sync);
  return { path, bytes, fd };
}

/** How bytes get to the disk; tests put failures here. */
export interface Disk {
  /**
   * Writes all the bytes at the position, at once or by the time the promise resolves; with a
   * `strict` segment they are on the disk then.
   */
  write(fd: number, bytes: Buffer, position: number): Promise<void> | undefined;
  /** Puts what was written so far on the disk. */
  sync(fd: number): Promise<void>;
}

/**
 * The real disk. A `strict` write waits for the device, so it goes to the thread pool. A `standard`
 * one only copies into the system's memory: some 15 µs where the trip to the pool and back costs
 * ten times as much, so it is made in place.
 */
export function realDisk(durability: Durability): Disk {
  const writeBytes = durability === 'strict' ? writeAll : writeAllNow;
  return { write: writeBytes, sync: promisify(fdatasync) };
}

/** Closes a segment's descriptor. */
export const closeSegment: (fd: number) => Promise<void> = promisify(close);

function writeAll(fd: number, bytes: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (from: number): void => {
      write(fd, bytes, from, bytes.length - from, position + from, (error, written) => {
        if (error !== null) reject(error);
        else if (from + written < bytes.length) step(from + written);
        else resolve();
      });
    };
    step(0);
  });
}

function writeAllNow(fd: number, bytes: Buffer, position: number): undefined {
  let from = 0;
  while (from < bytes.length) {
    from += writeSync(fd, bytes, from, bytes.length - from, position + from);
  }
}

async function layOut(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes; at += ZEROS.length) {
      await file.write(ZEROS, 0, Math.min(ZEROS.length, bytes - at), at);
    }
    await file.sync();
  } catch (error) {
    // On a full disk half a file would keep it full.
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** Makes a new or removed name in the folder durable. */
async function syncFolder(directory: string): Promise<void> {
  const folder: FileHandle = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
