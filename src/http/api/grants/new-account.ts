import type { Account } from '../../../identity/store.ts';

/** What a new account is made of. */
export interface AccountRequest extends Pick<Account, 'id' | 'login' | 'createdAtMs'> {
  readonly name: string | undefined;
  readonly email: string | undefined;
}

/** An account that cannot log in yet: it has no password. */
export function newAccount({ login, name, email, ...made }: AccountRequest): Account {
  return {
    ...made,
    login,
    name: name ?? login,
    email: email ?? null,
    emailVerifiedAtMs: null,
    passwordHash: null,
    passwordChangedAtMs: null,
    status: 'active',
    version: 1,
  };
}
