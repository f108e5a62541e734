import type { SecretSeal } from '../../src/catalog/sealed-secrets.ts';
import { Seal } from '../../src/kernel/seal.ts';

/** Seals secrets with a key of its own, each for its place alone. */
export function testSeal(): SecretSeal {
  const seal = new Seal([{ id: 'k1', secret: Buffer.alloc(32, 7) }], 'test');
  return {
    seal: (place, text) => Promise.resolve(seal.seal(text, JSON.stringify(place))),
    open: (place, sealed) => Promise.resolve(seal.open(sealed, JSON.stringify(place))),
  };
}
