import { createHash } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { HashedFile, NewArtifact } from './artifact-store.ts';

/** How files of a type begin. */
const beginnings: Readonly<Record<string, readonly RegExp[]>> = {
  'image/png': [/^\x89PNG\r\n\x1a\n/],
  'image/jpeg': [/^\xff\xd8\xff/],
  'image/gif': [/^GIF8[79]a/],
  'image/webp': [/^RIFF.{4}WEBP/s],
  'application/pdf': [/^%PDF-/],
  'audio/wav': [/^RIFF.{4}WAVE/s],
  'audio/mpeg': [/^ID3/, /^\xff[\xe0-\xff]/],
};

const TEXT = /^(text\/[a-z0-9.+-]+|application\/(json|xml|yaml))$/;

/** The types of files that a person may send, for texts that say so. */
export const sentTypes = [...Object.keys(beginnings), 'text/*', 'application/json'] as const;

/** True for a type of file that a person may send. */
export function isSentType(mediaType: string): boolean {
  return Object.hasOwn(beginnings, mediaType) || TEXT.test(mediaType);
}

/** True when a file begins as its type says; what is text must be text. */
export function isOfType(bytes: Uint8Array, mediaType: string): boolean {
  const known = beginnings[mediaType];
  if (known !== undefined) {
    const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    return known.some((one) => one.test(head));
  }
  return TEXT.test(mediaType) && isText(bytes);
}

/** A file with its hash under a new id. Throws `payload_too_large` for one that is too large. */
export function hashFile(id: string, { bytes, mediaType, name }: NewArtifact): HashedFile {
  if (bytes.byteLength > limits.chatFileBytesMax) {
    const text = `A file may have at most ${limits.chatFileBytesMax} bytes.`;
    throw new GatewayError('payload_too_large', text);
  }
  const hash = createHash('sha256').update(bytes).digest('hex');
  const short = name?.slice(0, limits.chatFileNameCharactersMax) ?? null;
  return { id, hash, mediaType, name: short, bytes };
}

function isText(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(bytes).includes('\0');
  } catch {
    return false;
  }
}
