import { scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt's cost (N), block size (r) and parallelism (p); RFC 7914. */
interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const HASH_BYTES = 32;
/** More than any cost this gateway ever wrote; a hash that asks for more is refused. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;
const SHAPE = /^scrypt\$(\d{1,6})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

/**
 * True when the password belongs to a hash of earlier gateways, `scrypt$N$r$p$salt$hash` with salt
 * and hash in base64url.
 */
export async function verifyScrypt(stored: string, password: string): Promise<boolean> {
  const parts = SHAPE.exec(stored);
  if (parts === null) return false;
  const [, N, r, p, salt = '', hash = ''] = parts;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  try {
    const derived = await derive(password, Buffer.from(salt, 'base64url'), cost);
    return timingSafeEqual(derived, Buffer.from(hash, 'base64url'));
  } catch {
    // A cost that scrypt refuses was not written by this gateway.
    return false;
  }
}

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: MEMORY_BYTES_MAX };
    // The same letters typed on different systems must be the same bytes.
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
