import { randomBytes } from 'node:crypto';

/** Prefixes of the gateway's ids; the prefix names the kind of thing. */
export type IdPrefix =
  | 'svc'
  | 'key'
  | 'use'
  | 'usr'
  | 'ten'
  | 'ses'
  | 'err'
  | 'lis'
  | 'bnd'
  | 'nod';

const RANDOM_DIGITS = 20;
const POOL_BYTES = (RANDOM_DIGITS / 2) * 256;

/** Makes sortable ids: `<prefix>_` + UUIDv7 (RFC 9562 §5.7) as 32 hexadecimal digits. */
export class IdSource {
  /** Random hexadecimal digits. */
  #pool = '';
  #offset = 0;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  next(prefix: IdPrefix): string {
    if (this.#offset + RANDOM_DIGITS > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES).toString('hex');
      this.#offset = 0;
    }
    const random = this.#pool.slice(this.#offset, this.#offset + RANDOM_DIGITS);
    this.#offset += RANDOM_DIGITS;
    const time = this.#now().toString(16).padStart(12, '0');
    const variant = ((Number.parseInt(random[3] as string, 16) & 3) | 8).toString(16);
    return `${prefix}_${time}7${random.slice(0, 3)}${variant}${random.slice(4, 19)}`;
  }
}
