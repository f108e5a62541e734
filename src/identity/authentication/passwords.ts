import { limits } from '../../kernel/limits.ts';
import { createTurns } from '../../kernel/limits/turns.ts';
import { verifyScrypt } from './verify-scrypt.ts';

/** Makes and checks hashes of passwords, a few at a time. */
export interface Passwords {
  /** argon2id in the PHC string format. */
  hash(password: string): Promise<string>;
  /**
   * True when the password belongs to the hash. Pass null when there is no such user or no
   * password: the answer is false after the same time.
   */
  verify(stored: string | null, password: string): Promise<boolean>;
}

/** OWASP's password storage cheat sheet, argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const;
const PARAMETERS = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`;
/** A hash that no password is known for; checking against it takes as long as any other. */
const NOBODY = `${PARAMETERS}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * Makes the hasher; it loads its library when it is first asked. Not Node's own argon2id: with
 * glibc a process keeps about 130 MB after twenty of its hashes, one after the other.
 */
export function createPasswords(): Passwords {
  const turns = createTurns({
    runningMax: limits.passwordHashesMax,
    waitingMax: limits.passwordHashesQueuedMax,
    limit: 'password_checks',
  });
  const argon2 = () => import('@node-rs/argon2');
  const check = async (stored: string, password: string): Promise<boolean> => {
    try {
      return await (await argon2()).verify(stored, normal(password));
    } catch {
      // A text that is no hash was not written by this gateway.
      return false;
    }
  };
  return {
    hash: (password) =>
      turns(async () => {
        const { hash } = await argon2();
        return hash(normal(password), COST);
      }),
    verify: (stored, password) =>
      turns(async () => {
        if (isTooLong(password)) return false;
        if (stored?.startsWith('scrypt$') === true) return verifyScrypt(stored, password);
        const isRight = await check(stored ?? NOBODY, password);
        return isRight && stored !== null;
      }),
  };
}

/** True for a hash that was made by weaker rules than those of today. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(PARAMETERS);
}

/** True when the password has more bytes than one may have. */
export function isTooLong(password: string): boolean {
  return Buffer.byteLength(normal(password)) > limits.passwordBytesMax;
}

/** The same letters typed on different systems must be the same bytes (RFC 8265, section 4.2). */
function normal(password: string): string {
  return password.normalize('NFC');
}
