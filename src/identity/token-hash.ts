import type { SealKey } from '../kernel/seal.ts';
import { keyHash } from './keys/key-hash.ts';

/** Hashes of tokens that are long and random; the ring's secret keeps a stolen database useless. */
export interface TokenHash {
  /** What is stored of a new token. */
  of(token: string): string;
  /** What may be stored of a token: under every key of the ring, the first signs. */
  all(token: string): readonly string[];
}

/** Hashes under a key ring. */
export function createTokenHash(ring: readonly SealKey[]): TokenHash {
  const [first] = ring;
  if (first === undefined) throw new Error('a key ring has at least one key');
  return {
    of: (token) => keyHash(first.secret, token),
    all: (token) => ring.map(({ secret }) => keyHash(secret, token)),
  };
}
