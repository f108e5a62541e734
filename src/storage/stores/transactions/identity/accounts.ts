import type { Account, AccountUpdate } from '../../../../identity/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { keepOwner } from './keep-owner.ts';

/** Inserts an account; a login or email that is taken is `conflict`. */
export function* insertAccount(account: Account): Steps<number> {
  const { id, login, email, emailVerifiedAtMs, name, passwordHash, passwordChangedAtMs } = account;
  return yield* change(sql`INSERT INTO account (id, login, email, email_verified_at_ms, name,
      password_hash, password_changed_at_ms, status, created_at_ms, version)
    VALUES (${id}, ${login}, ${email}, ${emailVerifiedAtMs}, ${name}, ${passwordHash},
      ${passwordChangedAtMs}, ${account.status}, ${account.createdAtMs}, ${account.version})`);
}

/** Changes an account, and counts that as a change of the keys of every tenant it is in. */
export function* updateAccount({
  userId,
  update,
}: {
  readonly userId: string;
  readonly update: AccountUpdate;
}): Steps<Account | undefined> {
  const before = yield* firstRow<Account>(sql`SELECT id, login, email,
      email_verified_at_ms AS "emailVerifiedAtMs", name, password_hash AS "passwordHash",
      password_changed_at_ms AS "passwordChangedAtMs", status, created_at_ms AS "createdAtMs",
      version
    FROM account WHERE id = ${userId}`);
  if (before === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(before.version, ifVersion);
  const after = { ...before, ...changed, version: before.version + 1 };
  yield* change(sql`UPDATE account SET login = ${after.login}, email = ${after.email},
      email_verified_at_ms = ${after.emailVerifiedAtMs}, name = ${after.name},
      password_hash = ${after.passwordHash},
      password_changed_at_ms = ${after.passwordChangedAtMs}, status = ${after.status},
      version = ${after.version}
    WHERE id = ${userId}`);
  if (after.status === before.status) return after;
  const tenants = yield* allRows<{ readonly tenant: TenantId }>(sql`SELECT tenant_id AS tenant
    FROM membership WHERE user_id = ${userId} ORDER BY tenant_id`);
  for (const { tenant } of tenants) {
    if (after.status === 'deactivated') yield* keepOwner(tenant);
    yield* bumpVersion('keys', tenant);
  }
  return after;
}

/** Frees login and email of an account that is in no tenant any more; its id stays what it was. */
export function* releaseAccount(userId: string): Steps<number> {
  // No login may be written with a colon, so nobody holds this one.
  const login = `gone:${userId}`;
  return yield* change(sql`UPDATE account SET login = ${login}, email = NULL,
      email_verified_at_ms = NULL, password_hash = NULL, status = 'deactivated',
      version = version + 1
    WHERE id = ${userId}
      AND NOT EXISTS (SELECT 1 FROM membership WHERE membership.user_id = ${userId})`);
}
