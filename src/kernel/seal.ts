import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** One key of the ring; the first key seals, every key opens. */
export interface SealKey {
  /** Short public name of the key, at most 8 characters of [a-z0-9]. */
  readonly id: string;
  /** The master secret, at least 32 bytes. */
  readonly secret: Buffer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals small values so that whoever carries them can neither read nor change them
 * (AES-256-GCM, key derived per purpose). Text form: `<key id>.<base64url>`.
 */
export class Seal {
  readonly #keys: readonly { readonly id: string; readonly key: Buffer }[];

  /** `purpose` separates uses: what one purpose sealed no other can open. */
  constructor(ring: readonly SealKey[], purpose: string) {
    if (ring.length === 0) throw new Error('a seal needs at least one key');
    this.#keys = ring.map(({ id, secret }) => {
      if (secret.length < 32) throw new Error('a seal key needs at least 32 bytes');
      return { id, key: Buffer.from(hkdfSync('sha256', secret, '', `mcp-gateway ${purpose}`, 32)) };
    });
  }

  /** Seals text; `context` must be the same when it is opened (tenant, row, …). */
  seal(text: string, context = ''): string {
    const { id, key } = this.#keys[0] as { id: string; key: Buffer };
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${id}.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`;
  }

  /** Opens what `seal` made, or returns undefined when anything about it is wrong. */
  open(sealed: string, context = ''): string | undefined {
    const dot = sealed.indexOf('.');
    const key = this.#keys.find((candidate) => candidate.id === sealed.slice(0, dot))?.key;
    const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url');
    if (key === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    // The decoder forgives foreign characters and stray bits; whatever was sealed has one text.
    if (bytes.toString('base64url') !== sealed.slice(dot + 1)) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}
