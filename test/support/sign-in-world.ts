import type { MemberOf, People, Person } from '../../src/identity/authentication/people.ts';
import type { Passwords } from '../../src/identity/authentication/passwords.ts';
import {
  createAuthentication,
  type Authentication,
} from '../../src/identity/create-authentication.ts';
import type { GrantName } from '../../src/identity/grants/store.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Mail } from '../../src/kernel/egress.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import type { Permissions } from '../../src/kernel/permissions.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { memoryIdentity } from './memory-identity.ts';
import { testPrincipal } from './test-principal.ts';

/** The base URL of every gateway in these tests. */
export const BASE_URL = 'https://gateway.example';

/** A password that may be chosen. */
export const PASSWORD = 'correct horse battery';

/** Where people are. */
export const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];

/** Signing in over people kept in memory and the real stores, with a clock that stands still. */
export interface SignInWorld {
  readonly authentication: Authentication;
  readonly stores: Stores;
  readonly clock: { ms: number };
  readonly people: FakePeople;
  readonly revoked: GrantName[];
  readonly mails: Mail[];
  /** What everybody may do by a login; undefined for nothing. */
  permissions: Permissions | undefined;
}

/** What a world may be besides. */
export interface SignInWorldOptions {
  readonly sendsMail?: boolean;
  readonly startMs?: number;
  readonly stores?: Stores;
  readonly people?: FakePeople;
  readonly baseUrl?: string;
  readonly passwords?: Passwords;
}

/** Makes the world; it has nobody in it. */
export function signInWorld(options: SignInWorldOptions = {}): SignInWorld {
  const { stores = memoryIdentity(), people = new FakePeople(), baseUrl = BASE_URL } = options;
  const clock = { ms: options.startMs ?? 1_800_000_000_000 };
  const now = () => clock.ms;
  const revoked: GrantName[] = [];
  const mails: Mail[] = [];
  const send = (mail: Mail) => {
    mails.push(mail);
    return Promise.resolve();
  };
  const world: SignInWorld = {
    authentication: createAuthentication({
      stores,
      people,
      permissionsOf: async ({ tenant, userId }) => {
        const memberships = await people.memberships(userId);
        return memberships.some((one) => one.tenant === tenant) ? world.permissions : undefined;
      },
      sealRing: [{ id: 'k1', secret: Buffer.alloc(32, 1) }],
      baseUrl: () => baseUrl,
      revoked: ({ tenant, id }) => void revoked.push({ tenant, id }),
      passwords: options.passwords ?? quickPasswords,
      mailer: options.sendsMail === true ? { send } : undefined,
      ids: new IdSource(now),
      log: silentLog,
      now,
    }),
    stores,
    clock,
    people,
    revoked,
    mails,
    permissions: testPrincipal().permissions,
  };
  return world;
}

/** Hashes that cost nothing; what passwords cost is tested where they are hashed. */
export const quickPasswords: Passwords = {
  hash: (password) => Promise.resolve(quickHash(password)),
  verify: (stored, password) => Promise.resolve(stored === quickHash(password)),
};

/** The hash of a password in these tests. */
export function quickHash(password: string): string {
  return `$argon2id$v=19$m=19456,t=2,p=1$${Buffer.from(password.normalize('NFC')).toString('hex')}`;
}

/** Accounts that are kept in memory. */
export class FakePeople implements People {
  readonly persons = new Map<string, Person>();
  readonly members = new Map<string, MemberOf[]>();
  /** Memberships that were made: user, tenant, roles. */
  readonly joined: (readonly [string, string, readonly string[]])[] = [];

  /** Puts a person there who is a member of these tenants. */
  add(id: string, change: Partial<Person> = {}, tenants: readonly string[] = [A]): Person {
    const known = { id, login: id, email: `${id}@mail.example`, name: `Name of ${id}` };
    const person = { ...known, passwordHash: null, isActive: true, ...change };
    this.persons.set(id, person);
    this.members.set(
      id,
      tenants.map((tenant) => memberOf(tenant)),
    );
    return person;
  }

  find(text: string): Promise<Person | undefined> {
    const wanted = text.toLowerCase();
    const all = [...this.persons.values()];
    return Promise.resolve(all.find(({ login, email }) => login === wanted || email === wanted));
  }

  get(userId: string): Promise<Person | undefined> {
    return Promise.resolve(this.persons.get(userId));
  }

  memberships(userId: string): Promise<readonly MemberOf[]> {
    return Promise.resolve(this.members.get(userId) ?? []);
  }

  tenantName(tenant: string): Promise<string | undefined> {
    return Promise.resolve(memberOf(tenant).tenantName);
  }

  setPassword(userId: string, passwordHash: string): Promise<void> {
    const person = this.persons.get(userId);
    if (person !== undefined) this.persons.set(userId, { ...person, passwordHash });
    return Promise.resolve();
  }

  async create(
    person: Parameters<People['create']>[0],
    tenant: Parameters<People['create']>[1],
    roles: readonly string[],
  ): Promise<Person> {
    if ((await this.find(person.login)) !== undefined) throw new GatewayError('conflict');
    const id = `usr_${this.persons.size + 1}`;
    this.joined.push([id, tenant, roles]);
    return this.add(id, person, [tenant]);
  }

  join(userId: string, tenant: string, roles: readonly string[]): Promise<void> {
    this.joined.push([userId, tenant, roles]);
    this.members.set(userId, [...(this.members.get(userId) ?? []), memberOf(tenant)]);
    return Promise.resolve();
  }
}

function memberOf(tenant: string): MemberOf {
  const tenantName = `name of ${tenant}`;
  return { tenant: tenantId(tenant), tenantName, requiresSecondFactor: false };
}
