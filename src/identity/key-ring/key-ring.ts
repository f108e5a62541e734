import { hkdfSync } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { SealKey } from '../../kernel/seal.ts';

/** Keys of which the first seals and signs and every one opens and verifies. */
export type KeyRing = readonly [SealKey, ...SealKey[]];

/** What a key's secret is at least. */
export const RING_SECRET_BYTES = 32;

const FINGERPRINT_BYTES = 16;
const ID_SHAPE = /^[a-z0-9]+$/;

/** A short public name of a key's secret, from which nothing of it can be learnt; hexadecimal. */
export function fingerprintOf({ secret }: SealKey): string {
  const bytes = hkdfSync('sha256', secret, '', 'mcp-gateway key fingerprint', FINGERPRINT_BYTES);
  return Buffer.from(bytes).toString('hex');
}

/** The keys as a ring. Throws GatewayError `invalid_configuration` with one sentence. */
export function toKeyRing(keys: readonly SealKey[]): KeyRing {
  const [first, ...others] = keys;
  if (first === undefined) throw refused('The key ring has no key; give at least one.');
  if (keys.length > limits.ringKeysMax) {
    throw refused(`The key ring has ${keys.length} keys; at most ${limits.ringKeysMax} may be in.`);
  }
  const ids = new Set<string>();
  for (const { id, secret } of keys) {
    if (!ID_SHAPE.test(id) || id.length > limits.ringKeyIdLengthMax) {
      const most = limits.ringKeyIdLengthMax;
      throw refused(`A ring key's id is 1 to ${most} of a-z and 0-9, not ${JSON.stringify(id)}.`);
    }
    if (ids.has(id)) throw refused(`Two keys of the key ring have the id ${id}.`);
    if (secret.length < RING_SECRET_BYTES) {
      throw refused(`The ring key ${id} needs a secret of ${RING_SECRET_BYTES} bytes or more.`);
    }
    ids.add(id);
  }
  return [first, ...others];
}

/** A ring that cannot be used. */
export function refused(text: string): GatewayError {
  return new GatewayError('invalid_configuration', text);
}
