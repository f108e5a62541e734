import type { JsonObject } from '../../kernel/json.ts';
import type { AccessLayer, Permission } from '../../kernel/permissions.ts';
import type { Subject, TenantId } from '../../kernel/principal.ts';

/** A tenant: the owner of services, keys and usage. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  /** In a suspended tenant nobody is admitted. */
  readonly status: 'active' | 'suspended';
  readonly settings: JsonObject;
  readonly createdAtMs: number;
  readonly version: number;
}

/** Whether somebody may act. */
export type ActiveStatus = 'active' | 'deactivated';

/** Who keeps a membership or group: people here, a login at an identity provider, or SCIM. */
export type IdentitySource = 'local' | 'sso' | 'scim';

/** A person, known once whatever tenants it is in: its user's id and how it logs in. */
export interface Account {
  readonly id: string;
  /** Lower-cased and unique; see `loginOf`. */
  readonly login: string;
  /** Lower-cased and unique. */
  readonly email: string | null;
  readonly emailVerifiedAtMs: number | null;
  readonly name: string;
  /** A slow hash of the password, or null for a person without one. */
  readonly passwordHash: string | null;
  readonly passwordChangedAtMs: number | null;
  readonly status: ActiveStatus;
  readonly createdAtMs: number;
  readonly version: number;
}

/** A user in a tenant, with the names of its roles there. */
export interface Membership {
  readonly tenant: TenantId;
  readonly userId: string;
  readonly roles: readonly string[];
  readonly status: ActiveStatus;
  readonly source: IdentitySource;
  /** What the identity provider calls the user, where one keeps it; unique in the tenant. */
  readonly externalId: string | null;
  readonly createdAtMs: number;
  readonly version: number;
}

/** A membership with the person whose it is. */
export interface Member {
  readonly account: Account;
  readonly membership: Membership;
}

/** A role of a tenant's own. */
export interface Role {
  readonly tenant: TenantId;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
  /** What the permissions reach: one rule must allow; without rules, everything. */
  readonly access: AccessLayer;
  readonly createdAtMs: number;
  readonly version: number;
}

/** Users of a tenant that have roles together. */
export interface Group {
  readonly tenant: TenantId;
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** What the identity provider calls it, where one keeps it; unique in the tenant. */
  readonly externalId: string | null;
  readonly source: IdentitySource;
  readonly createdAtMs: number;
  readonly version: number;
}

/** A program of a tenant that has roles and keys of its own. */
export interface ServiceAccount {
  readonly tenant: TenantId;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly roles: readonly string[];
  readonly status: ActiveStatus;
  readonly createdAtMs: number;
  readonly version: number;
}

/** What a change sets; with `ifVersion` it is refused (`conflict`) when the row has moved on. */
export type Change<Row, Field extends keyof Row> = Partial<Pick<Row, Field>> & {
  readonly ifVersion?: number | undefined;
};

/** What may be changed of each. */
export type TenantUpdate = Change<Tenant, 'name' | 'status' | 'settings'>;
/** See `TenantUpdate`. */
export type AccountUpdate = Change<
  Account,
  | 'login'
  | 'email'
  | 'emailVerifiedAtMs'
  | 'name'
  | 'passwordHash'
  | 'passwordChangedAtMs'
  | 'status'
>;
/** See `TenantUpdate`. */
export type MembershipUpdate = Change<Membership, 'roles' | 'status' | 'source' | 'externalId'>;
/** What is changed of a person together with a membership. */
export type PersonChange = Partial<Pick<Account, 'login' | 'email' | 'emailVerifiedAtMs' | 'name'>>;
/** See `TenantUpdate`. */
export type RoleUpdate = Change<Role, 'description' | 'permissions' | 'access'>;
/** See `TenantUpdate`. */
export type GroupUpdate = Change<Group, 'name' | 'roles' | 'externalId' | 'source'>;
/** See `TenantUpdate`. */
export type ServiceAccountUpdate = Change<
  ServiceAccount,
  'name' | 'description' | 'roles' | 'status'
>;

/** What a subject has in a tenant where it may act: whoever may not has none of this. */
export interface Standing {
  /** The names of all its roles, those of its groups too; sorted, each once. */
  readonly roles: readonly string[];
  /** The ids of its groups, sorted. */
  readonly groups: readonly string[];
  /** Those of the roles that are the tenant's own. */
  readonly ownRoles: readonly Role[];
  /** Whether the tenant is the operator's, the first one. */
  readonly isOperator: boolean;
}

/** People, whatever tenants they are in. */
export interface AccountStore {
  get(userId: string): Promise<Account | undefined>;
  /** By its login or its email, lower-cased. */
  findByLogin(login: string): Promise<Account | undefined>;
  findByEmail(email: string): Promise<Account | undefined>;
  /** What it is then; undefined when there is none. `conflict` when login or email is taken. */
  update(userId: string, update: AccountUpdate): Promise<Account | undefined>;
  /** Every tenant that it is in. */
  memberships(userId: string): Promise<readonly Membership[]>;
}

/** When and of which version a membership is ended. */
export interface Removal {
  readonly atMs: number;
  readonly ifVersion?: number | undefined;
  /** Whether an account in no tenant then gives up its login and email, and is deactivated. */
  readonly releases?: boolean;
}

/** A group with its new members in one step. */
export interface GroupChange {
  readonly update: GroupUpdate;
  /** Users of the tenant that are put into it and taken out of it. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The users of tenants, and what any subject has there. */
export interface MemberStore {
  list(tenant: TenantId): Promise<readonly Member[]>;
  get(tenant: TenantId, userId: string): Promise<Member | undefined>;
  /**
   * Adds a user, with its account when that is new. `conflict` when it is a member already, its
   * login or email is taken, or the tenant is full; `not_found` without an account;
   * `invalid_params` for a role that the tenant does not have.
   */
  add(tenant: TenantId, membership: Membership, account?: Account): Promise<void>;
  /**
   * `conflict` when the tenant would be left without an active owner, or what is changed of the
   * `person` with it is taken; undefined without one.
   */
  update(
    tenant: TenantId,
    userId: string,
    update: MembershipUpdate,
    person?: PersonChange,
  ): Promise<Membership | undefined>;
  /** Ends a membership, with the user's keys and groups there; false when there is none. */
  remove(tenant: TenantId, userId: string, removal: Removal): Promise<boolean>;
  /** Undefined for who may not act: suspended, deactivated, unknown. */
  standing(tenant: TenantId, subject: Subject): Promise<Standing | undefined>;
}

/** The roles of a tenant's own. */
export interface RoleStore {
  list(tenant: TenantId): Promise<readonly Role[]>;
  get(tenant: TenantId, name: string): Promise<Role | undefined>;
  /** `conflict` when the name is taken or the tenant has its most. */
  insert(tenant: TenantId, role: Role): Promise<void>;
  update(tenant: TenantId, name: string, update: RoleUpdate): Promise<Role | undefined>;
  /** `conflict` while somebody has it; false when there is none. */
  delete(tenant: TenantId, name: string, ifVersion?: number): Promise<boolean>;
}

/** Groups and who is in them. */
export interface GroupStore {
  list(tenant: TenantId): Promise<readonly Group[]>;
  get(tenant: TenantId, id: string): Promise<Group | undefined>;
  /** `conflict` when the name is taken or the tenant has its most. */
  insert(tenant: TenantId, group: Group, userIds?: readonly string[]): Promise<void>;
  /** Group and members, all or nothing; errors of `update` and `addMember`. */
  change(tenant: TenantId, id: string, change: GroupChange): Promise<Group | undefined>;
  update(tenant: TenantId, id: string, update: GroupUpdate): Promise<Group | undefined>;
  delete(tenant: TenantId, id: string, ifVersion?: number): Promise<boolean>;
  /** The users in it, sorted. */
  members(tenant: TenantId, id: string): Promise<readonly string[]>;
  /** Once or more is the same. `not_found` without such a group or member; `conflict` when full. */
  addMember(tenant: TenantId, id: string, userId: string): Promise<void>;
  /** False when it was not in it. */
  removeMember(tenant: TenantId, id: string, userId: string): Promise<boolean>;
}

/** Service accounts. */
export interface ServiceAccountStore {
  list(tenant: TenantId): Promise<readonly ServiceAccount[]>;
  get(tenant: TenantId, id: string): Promise<ServiceAccount | undefined>;
  /** `conflict` when the name is taken or the tenant has its most. */
  insert(tenant: TenantId, serviceAccount: ServiceAccount): Promise<void>;
  update(
    tenant: TenantId,
    id: string,
    update: ServiceAccountUpdate,
  ): Promise<ServiceAccount | undefined>;
  /** Removes it and ends its keys; false when there is none. */
  remove(
    tenant: TenantId,
    id: string,
    removal: { readonly atMs: number; readonly ifVersion?: number | undefined },
  ): Promise<boolean>;
}
