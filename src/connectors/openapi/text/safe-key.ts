import { createHash } from 'node:crypto';

/** What every model provider accepts as a property key and as a definition name. */
const SAFE_KEY = /^[A-Za-z0-9_.-]{1,64}$/;

/** True when the key can be shown to every model as it is. */
export function isSafeKey(key: string): boolean {
  return SAFE_KEY.test(key) && key !== '__proto__';
}

/** A readable stand-in built from the key's own safe characters; may be empty. */
export function sanitize(text: string, lengthMax: number): string {
  return text
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^[_.]+|[_.]+$/g, '')
    .slice(0, lengthMax);
}

/** A short fingerprint of a text, the same in every run. */
export function fingerprint(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}

/** The key itself when safe, else a stand-in that no other key of any document shares. */
export function safeKey(key: string): string {
  return isSafeKey(key) ? key : distinct(key, sanitize(key, 48));
}

/** The stand-in plus the fingerprint of what it stands for. */
export function distinct(original: string, readable: string): string {
  const mark = fingerprint(original, 6);
  return readable === '' ? `key_${mark}` : `${readable}_${mark}`;
}
