import { randomBytes } from 'node:crypto';

/** Prefixes of the gateway's ids; the prefix names the kind of thing. */
export type IdPrefix =
  | 'svc'
  | 'key'
  | 'use'
  | 'usr'
  | 'ten'
  | 'ses'
  | 'con'
  | 'err'
  | 'lis'
  | 'bnd'
  | 'nod'
  | 'grd'
  | 'gin'
  | 'arl'
  | 'apr'
  | 'grt'
  | 'tok'
  | 'lgn'
  | 'sgk'
  | 'ott'
  | 'grp'
  | 'sva'
  | 'pol'
  | 'crt'
  | 'aud'
  | 'cli'
  | 'sso'
  | 'pln'
  | 'plv'
  | 'sub'
  | 'cpn'
  | 'crn'
  | 'cap'
  | 'run'
  | 'lse'
  | 'crg'
  | 'bud'
  | 'wep'
  | 'tst'
  | 'exp'
  | 'mpr'
  | 'prc'
  | 'cnv'
  | 'msg'
  | 'chr'
  | 'art'
  | 'agt'
  | 'evc'
  | 'evr'
  | 'spt';

const RANDOM_DIGITS = 20;
const HEX = '0123456789abcdef';
/** The digits whose two high bits say which variant of UUID it is. */
const VARIANTS = '89ab';
const POOL_BYTES = (RANDOM_DIGITS / 2) * 256;

/** Makes sortable ids: `<prefix>_` + UUIDv7 (RFC 9562 §5.7) as 32 hexadecimal digits. */
export class IdSource {
  /** Random hexadecimal digits. */
  #pool = '';
  #offset = 0;
  /** The digits of the latest time: most ids share theirs with the one before. */
  #timeMs = Number.NaN;
  #time = '';
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  next(prefix: IdPrefix): string {
    if (this.#offset + RANDOM_DIGITS > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES).toString('hex');
      this.#offset = 0;
    }
    const at = this.#offset;
    this.#offset += RANDOM_DIGITS;
    const nowMs = this.#now();
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#time = nowMs.toString(16).padStart(12, '0');
    }
    const variant = VARIANTS[HEX.indexOf(this.#pool.charAt(at + 3)) & 3] as string;
    const first = this.#pool.slice(at, at + 3);
    return `${prefix}_${this.#time}7${first}${variant}${this.#pool.slice(at + 4, at + 19)}`;
  }
}
