import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { TokenHash } from '../token-hash.ts';
import type { AttemptKey, AttemptStore } from './store.ts';

/** Counts attempts to sign in, in the database, so that all instances count the same. */
export interface Lockout {
  /** Counts an attempt. Throws GatewayError `too_many`: what has to wait, and how long. */
  begin(login: string, address: string): Promise<void>;
  /** Whether another reset link may be mailed to a person; counts it. */
  mayMail(userId: string): Promise<boolean>;
  /** The attempt was right. */
  succeed(login: string, address: string): Promise<void>;
}

/** What counting needs. */
export interface LockoutOptions {
  readonly store: AttemptStore;
  /** Hides what people typed as their login: it may be a password. */
  readonly hash: TokenHash;
  readonly now: () => number;
}

/** Makes the counter. A login nobody has counts like any other. */
export function createLockout({ store, hash, now }: LockoutOptions): Lockout {
  const accountKey = (login: string) => `account:${hash.of(`login ${login.trim().toLowerCase()}`)}`;
  const addressKey = (address: string): AttemptKey => ({
    key: `address:${network(address)}`,
    freeMax: limits.signInFailuresPerAddressMax,
  });
  return {
    begin: async (login, address) => {
      const account = { key: accountKey(login), freeMax: limits.signInFailuresMax };
      const nowMs = now();
      const blocked = await store.begin([account, addressKey(address)], nowMs);
      if (blocked !== undefined)
        throw tooMany(blocked.key === account.key, blocked.untilMs - nowMs);
    },
    mayMail: async (userId) => {
      const key = { key: `mail:${userId}`, freeMax: limits.passwordResetMailsMax };
      return (await store.begin([key], now())) === undefined;
    },
    succeed: (login, address) => store.succeed(accountKey(login), addressKey(address)),
  };
}

/** Whoever has one IPv6 address has the whole /64 it is in. */
function network(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/i, '');
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const before = head.split(':').filter((part) => part !== '');
  const after = tail.split(':').filter((part) => part !== '');
  const zeros = Math.max(0, 8 - before.length - after.length);
  const parts = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${parts.slice(0, 4).join(':')}::/64`;
}

function tooMany(isAccount: boolean, waitMs: number): GatewayError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  const what = isAccount ? 'for this account' : 'from this address';
  const text = `Too many wrong attempts to sign in ${what}; wait ${retryAfterSeconds} s.`;
  const limit = isAccount ? 'sign_in_account' : 'sign_in_address';
  return new GatewayError('too_many', text, { data: { limit, retryAfterSeconds } });
}
