import { createHmac } from 'node:crypto';

/**
 * What is stored of a key: its HMAC-SHA-256 under the gateway's secret, hexadecimal. A key is long
 * and random, so a slow hash would protect nothing; the secret keeps a stolen database useless.
 */
export function keyHash(keySecret: Buffer, plaintext: string): string {
  return createHmac('sha256', keySecret).update(plaintext).digest('hex');
}
