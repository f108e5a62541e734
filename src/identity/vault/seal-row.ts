import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { VaultRow } from '../store.ts';

/** A key that seals rows; 32 bytes. */
export interface DataKey {
  readonly number: number;
  readonly key: Buffer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^v1\.(0|[1-9]\d{0,14})\.([\w-]+)$/;

/**
 * Seals a text for one row (AES-256-GCM). Text form: `v1.<number of the key>.<base64url>`; the
 * associated data are the row and the number, so a copied row does not open.
 */
export function sealRow({ number, key }: DataKey, row: VaultRow, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(associatedData(row, number));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const bytes = Buffer.concat([nonce, body, cipher.getAuthTag()]);
  return `v1.${number}.${bytes.toString('base64url')}`;
}

/** The number of the key that sealed a text, or undefined when it is no text of this form. */
export function keyNumberOf(sealed: string): number | undefined {
  const number = FORM.exec(sealed)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Opens what `sealRow` made, or undefined when anything about it is wrong. */
export function openRow({ number, key }: DataKey, row: VaultRow, sealed: string) {
  const [, given, body] = FORM.exec(sealed) ?? [];
  if (body === undefined || Number(given) !== number) return undefined;
  const bytes = Buffer.from(body, 'base64url');
  // The decoder forgives stray bits; whatever was sealed has one text.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== body) {
    return undefined;
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(associatedData(row, number));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** As JSON, because no two rows have the same text then, whatever is in their names. */
function associatedData({ tenant, owner, serviceId, name }: VaultRow, number: number): Buffer {
  return Buffer.from(JSON.stringify(['vault', tenant, owner, serviceId, name, number]));
}
