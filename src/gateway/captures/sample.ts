import { createHash } from 'node:crypto';

/** Whether a call is among those that are captured. */
export type Sample = (id: string, rate: number) => boolean;

/** Six bytes are as many as a number of JavaScript holds exactly. */
const SAMPLE_BYTES = 6;

/**
 * Chooses by a hash of seed and id: the same call is always in or out, whoever asks and however
 * often, and which ids are in nobody can tell who does not know the seed.
 */
export function createSample(seed: string): Sample {
  return (id, rate) => {
    if (rate >= 1) return true;
    const digest = createHash('sha256').update(seed).update('\n').update(id).digest();
    return digest.readUIntBE(0, SAMPLE_BYTES) < rate * 2 ** (8 * SAMPLE_BYTES);
  };
}
