import type { TenantId } from '../../kernel/principal.ts';

/** What signing in reads of a person. */
export interface Person {
  readonly id: string;
  /** Lower case; unique. */
  readonly login: string;
  readonly email: string | null;
  readonly name: string;
  /** null for a person who has none, or signs in elsewhere. */
  readonly passwordHash: string | null;
  readonly isActive: boolean;
}

/** A tenant that a person may act in. */
export interface MemberOf {
  readonly tenant: TenantId;
  readonly tenantName: string;
  /** Whether the tenant lets in only who has a second factor. */
  readonly requiresSecondFactor: boolean;
}

/** A person who starts by an invitation. */
export interface NewPerson {
  readonly login: string;
  readonly email: string | null;
  readonly name: string;
  readonly passwordHash: string;
}

/** What signing in needs of the accounts. */
export interface People {
  /** By login name or e-mail address, in any case of letters. */
  find(loginOrEmail: string): Promise<Person | undefined>;
  get(userId: string): Promise<Person | undefined>;
  /** The active memberships in active tenants, the oldest first. */
  memberships(userId: string): Promise<readonly MemberOf[]>;
  tenantName(tenant: TenantId): Promise<string | undefined>;
  setPassword(userId: string, passwordHash: string, atMs: number): Promise<void>;
  /** Makes a person who is a member; rejects with `conflict` when login or e-mail is taken. */
  create(person: NewPerson, tenant: TenantId, roles: readonly string[]): Promise<Person>;
  /** Makes a person a member; rejects with `conflict` when it is one. */
  join(userId: string, tenant: TenantId, roles: readonly string[]): Promise<void>;
}
