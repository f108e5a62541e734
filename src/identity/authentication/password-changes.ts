import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Mailer } from '../../kernel/egress.ts';
import type { GrantName, GrantStore } from '../grants/store.ts';
import { checkNewPassword } from './check-new-password.ts';
import type { Lockout } from './lockout.ts';
import type { MadeLink, OneTimeLinks } from './one-time-links.ts';
import type { Passwords } from './passwords.ts';
import type { People, Person } from './people.ts';
import type { OneTimeTokenStore } from './store.ts';

/** A password that is to be replaced by who knows it. */
export interface PasswordChange {
  readonly userId: string;
  readonly oldPassword: string;
  readonly newPassword: string;
  readonly address: string;
  /** The login that stays. */
  readonly grantId: string;
}

/** New passwords for people who are there. */
export interface PasswordChanges {
  /** True when the password is the user's; wrong ones count as attempts to sign in. */
  confirm(userId: string, password: string, address: string): Promise<boolean>;
  /** Ends all other logins. Throws `invalid_params` when the old or the new one will not do. */
  change(change: PasswordChange): Promise<void>;
  /** Makes a link by which whoever has it sets the user's password, and withdraws earlier ones. */
  makeReset(userId: string): Promise<MadeLink>;
  /** Sends such a link, when there is such a user with an address; nobody learns whether. */
  askReset(loginOrEmail: string): Promise<void>;
  /** Ends all logins of the user. Throws `not_found` for a link that does not work. */
  reset(token: string, newPassword: string): Promise<Person>;
}

/** What changing passwords needs. */
export interface PasswordChangeOptions {
  readonly people: People;
  readonly passwords: Passwords;
  readonly lockout: Lockout;
  readonly links: OneTimeLinks;
  readonly linkStore: OneTimeTokenStore;
  readonly grants: GrantStore;
  readonly revoked: (grant: GrantName) => void;
  /** undefined without a mail server. */
  readonly mailer: Mailer | undefined;
  /** Where a person opens a link, by its token. */
  readonly resetUrl: (token: string) => string;
  readonly log: Log;
  readonly now: () => number;
}

const EVERY_LOGIN = ['login', 'console', 'oauth'] as const;

/** Makes them. */
export function createPasswordChanges(options: PasswordChangeOptions): PasswordChanges {
  const { people, passwords, lockout, links, linkStore, log, now } = options;

  const set = async (person: Person, password: string, except?: string): Promise<void> => {
    await people.setPassword(person.id, await passwords.hash(password), now());
    await linkStore.withdrawOfUser(person.id, 'password_reset', now());
    await endLogins(options, person.id, except);
  };

  const confirm = async (userId: string, password: string, address: string): Promise<boolean> => {
    const person = await people.get(userId);
    if (person === undefined) return false;
    await lockout.begin(person.login, address);
    if (!(await passwords.verify(person.passwordHash, password))) return false;
    await lockout.succeed(person.login, address);
    return true;
  };

  const makeReset = async (userId: string): Promise<MadeLink> => {
    await linkStore.withdrawOfUser(userId, 'password_reset', now());
    const lifeMs = limits.passwordResetMs;
    return links.make({ kind: 'password_reset', userId, tenant: null, data: {}, lifeMs });
  };

  return {
    confirm,
    change: async ({ userId, oldPassword, newPassword, address, grantId }) => {
      const person = await people.get(userId);
      if (person === undefined) throw new GatewayError('unauthenticated');
      checkNewPassword(newPassword, person, 'newPassword');
      if (!(await confirm(userId, oldPassword, address))) throw wrongPassword('oldPassword');
      await set(person, newPassword, grantId);
    },
    makeReset,
    askReset: async (loginOrEmail) => {
      const person = await people.find(loginOrEmail);
      // Who has no password signs in elsewhere, and gets none this way.
      if (person?.isActive !== true || person.passwordHash === null) return;
      // The answer does not wait: the time it takes would tell that there is a user.
      mailReset(options, person, makeReset).catch((error: unknown) =>
        log.warn({ userId: person.id, cause: String(error) }, 'mail not sent'),
      );
    },
    reset: async (token, newPassword) => {
      const link = await links.find(token, 'password_reset');
      const person = await people.get(link?.userId ?? '');
      if (person?.isActive !== true) throw noLink();
      checkNewPassword(newPassword, person);
      if ((await links.take(token, 'password_reset')) === undefined) throw noLink();
      await set(person, newPassword);
      return person;
    },
  };
}

/** The refusal of a password that is not the user's. */
export function wrongPassword(field: string): GatewayError {
  const errors = [
    { field, problem: 'is not your password', fix: 'Give the one you sign in with.' },
  ];
  return new GatewayError('invalid_params', `${field} is not your password.`, { data: { errors } });
}

/** Ends a user's logins, all but one, and says which grants those were. */
async function endLogins(
  { grants, revoked, now }: PasswordChangeOptions,
  userId: string,
  except: string | undefined,
): Promise<void> {
  const which = { userId, kinds: EVERY_LOGIN, ...(except === undefined ? {} : { except }) };
  for (const grant of await grants.revokeOfUser(which, now())) revoked(grant);
}

/** Mails a link, unless the person got several lately. */
async function mailReset(
  { mailer, lockout, resetUrl }: PasswordChangeOptions,
  { id, name, email }: Person,
  makeReset: PasswordChanges['makeReset'],
): Promise<void> {
  if (mailer === undefined || email === null || !(await lockout.mayMail(id))) return;
  const { token } = await makeReset(id);
  const text = resetText(name, resetUrl(token));
  await mailer.send({ to: email, subject: 'Set a new password', text });
}

function noLink(): GatewayError {
  return new GatewayError('not_found', 'This link does not work any more; ask for another.');
}

function resetText(name: string, url: string): string {
  return [
    `Hello ${name},`,
    '',
    'somebody, probably you, asked for a new password. Open this page to set it:',
    '',
    url,
    '',
    'The link works once and for an hour. If it was not you, do nothing.',
    '',
  ].join('\n');
}
