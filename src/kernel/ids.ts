import { randomBytes } from 'node:crypto';

/** Prefixes of the gateway's ids; the prefix names the kind of thing. */
export type IdPrefix = 'svc' | 'key' | 'use' | 'usr' | 'ten' | 'ses' | 'err' | 'lis' | 'bnd';

const POOL_BYTES = 16 * 256;

/** Makes sortable ids: `<prefix>_` + UUIDv7 (RFC 9562 §5.7) as 32 hexadecimal digits. */
export class IdSource {
  #pool = Buffer.alloc(0);
  #offset = 0;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  next(prefix: IdPrefix): string {
    if (this.#offset + 10 > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES);
      this.#offset = 0;
    }
    const random = this.#pool.toString('hex', this.#offset, this.#offset + 10);
    this.#offset += 10;
    const time = this.#now().toString(16).padStart(12, '0');
    const variant = ((Number.parseInt(random[3] as string, 16) & 3) | 8).toString(16);
    return `${prefix}_${time}7${random.slice(0, 3)}${variant}${random.slice(4, 19)}`;
  }
}
