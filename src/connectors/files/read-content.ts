import { limits } from '../../kernel/limits.ts';
import { PathError } from './file-path.ts';
import { mimeTypeOf } from './mime-type.ts';
import type { OpenFile } from './open-beneath.ts';

/** What a file holds. */
export type FileContent =
  | { readonly kind: 'text'; readonly mimeType: string; readonly text: string }
  | { readonly kind: 'binary'; readonly mimeType: string; readonly bytes: Buffer };

/** Reads a whole file and tells text from other bytes. Throws PathError when it is too large. */
export async function readContent(file: OpenFile, name: string): Promise<FileContent> {
  const bytes = await readAtMost(file, limits.fileReadBytesMax);
  if (bytes === undefined) {
    const problem = `leads to a file of ${file.stats.size} bytes`;
    throw new PathError(`${problem}; at most ${limits.fileReadBytesMax} can be read. Search it.`);
  }
  const text = textOf(bytes);
  const known = mimeTypeOf(name);
  if (text !== undefined) return { kind: 'text', mimeType: known ?? 'text/plain', text };
  return { kind: 'binary', mimeType: binaryType(known), bytes };
}

/** The file's bytes, or undefined when there are more, whatever its size was said to be. */
export async function readAtMost(
  { handle }: Pick<OpenFile, 'handle'>,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1024));
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > bytesMax) return undefined;
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

/** The text that the bytes are in UTF-8, or undefined when they are not text. */
export function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A name may promise text that the bytes are not. */
function binaryType(known: string | undefined): string {
  return known === undefined || known.startsWith('text/') ? 'application/octet-stream' : known;
}
