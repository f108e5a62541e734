import type { SsoConnection, SsoSettings } from '../../../identity/sso/store.ts';
import type {
  Account,
  ApiKey,
  FoundKey,
  Group,
  Membership,
  Role,
  ServiceAccount,
  Tenant,
} from '../../../identity/store.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { TenantId } from '../../../kernel/principal.ts';

/** A row whose members of these names are JSON. */
type Written<Row, Member extends keyof Row> = Omit<Row, Member> & Record<Member, string>;

/** The rows of identity as their columns hold them, under the names of their members. */
export type TenantRow = Written<Tenant, 'settings'>;
/** See `TenantRow`. */
export type MembershipRow = Written<Membership, 'roles'>;
/** See `TenantRow`. */
export type RoleRow = Written<Role, 'permissions' | 'access'>;
/** See `TenantRow`. */
export type GroupRow = Written<Group, 'roles'>;
/** See `TenantRow`. */
export type ServiceAccountRow = Written<ServiceAccount, 'roles'>;
/** See `TenantRow`. */
export type KeyRow = Written<Omit<ApiKey, 'subject' | 'scopes'>, 'access'> & {
  readonly scopes: string | null;
  readonly subjectKind: ApiKey['subject']['kind'];
  readonly subjectId: string;
};
/** See `TenantRow`. */
export type FoundKeyRow = KeyRow & {
  readonly hash: string;
  readonly secretCreatedAtMs: number;
  readonly secretExpiresAtMs: number | null;
};

/** The columns of each, for Kysely. */
export const tenantColumns = [
  'tenant.id',
  'tenant.name',
  'tenant.status',
  'tenant.settings',
  'tenant.created_at_ms as createdAtMs',
  'tenant.version',
] as const;
/** See `tenantColumns`. */
export const accountColumns = [
  'account.id',
  'account.login',
  'account.email',
  'account.email_verified_at_ms as emailVerifiedAtMs',
  'account.name',
  'account.password_hash as passwordHash',
  'account.password_changed_at_ms as passwordChangedAtMs',
  'account.status',
  'account.created_at_ms as createdAtMs',
  'account.version',
] as const;
/** See `tenantColumns`. */
export const membershipColumns = [
  'membership.tenant_id as tenant',
  'membership.user_id as userId',
  'membership.roles',
  'membership.status',
  'membership.source',
  'membership.external_id as externalId',
  'membership.created_at_ms as createdAtMs',
  'membership.version',
] as const;
/** See `tenantColumns`. */
export const roleColumns = [
  'role.tenant_id as tenant',
  'role.name',
  'role.description',
  'role.permissions',
  'role.access',
  'role.created_at_ms as createdAtMs',
  'role.version',
] as const;
/** See `tenantColumns`. */
export const groupColumns = [
  'user_group.tenant_id as tenant',
  'user_group.id',
  'user_group.name',
  'user_group.roles',
  'user_group.external_id as externalId',
  'user_group.source',
  'user_group.created_at_ms as createdAtMs',
  'user_group.version',
] as const;
/** See `tenantColumns`. */
export const serviceAccountColumns = [
  'service_account.tenant_id as tenant',
  'service_account.id',
  'service_account.name',
  'service_account.description',
  'service_account.roles',
  'service_account.status',
  'service_account.created_at_ms as createdAtMs',
  'service_account.version',
] as const;
/** See `tenantColumns`. */
export const keyColumns = [
  'api_key.id',
  'api_key.tenant_id as tenant',
  'api_key.subject_kind as subjectKind',
  'api_key.subject_id as subjectId',
  'api_key.name',
  'api_key.env',
  'api_key.prefix',
  'api_key.created_at_ms as createdAtMs',
  'api_key.expires_at_ms as expiresAtMs',
  'api_key.last_used_at_ms as lastUsedAtMs',
  'api_key.scopes',
  'api_key.access',
  'api_key.revoked_at_ms as revokedAtMs',
] as const;

/** Reads a tenant from its columns. */
export function toTenant({ settings, ...row }: TenantRow): Tenant {
  return { ...row, settings: JSON.parse(settings) as JsonObject };
}

/** Reads what has roles from its columns. */
export function withRoles<Row extends { readonly roles: string }>(
  row: Row,
): Omit<Row, 'roles'> & { readonly roles: readonly string[] } {
  return { ...row, roles: JSON.parse(row.roles) as readonly string[] };
}

/** Reads a role from its columns. */
export function toRole({ permissions, access, ...row }: RoleRow): Role {
  return {
    ...row,
    permissions: JSON.parse(permissions) as Role['permissions'],
    access: JSON.parse(access) as Role['access'],
  };
}

/** Reads a key from its columns. */
export function toKey({ scopes, access, subjectKind, subjectId, ...row }: KeyRow): ApiKey {
  return {
    ...row,
    subject: { kind: subjectKind, id: subjectId },
    scopes: scopes === null ? null : (JSON.parse(scopes) as ApiKey['scopes']),
    access: JSON.parse(access) as ApiKey['access'],
  };
}

/** Reads a key and the secret that it was found by. */
export function toFoundKey(row: FoundKeyRow): FoundKey {
  const { hash, secretCreatedAtMs, secretExpiresAtMs, ...key } = row;
  const secret = { hash, createdAtMs: secretCreatedAtMs, expiresAtMs: secretExpiresAtMs };
  return { key: toKey(key), secret };
}

/** The columns of an account, for SQL text. */
export type AccountRow = Account;

/** Names a tenant's row in a change. */
export interface RowOf {
  readonly tenant: TenantId;
  readonly id: string;
}

/** A connection as its columns say it. */
export type SsoRow = Omit<
  SsoConnection,
  keyof SsoSettings | 'domains' | 'domainsVerified' | 'verifiedDomains' | 'enabled'
> & {
  readonly domains: string;
  readonly domainsVerified: number;
  readonly settings: string;
  readonly enabled: number;
};

/** Reads a connection from its columns. */
export function toSsoConnection({ settings, ...row }: SsoRow): SsoConnection {
  const kept = JSON.parse(settings) as SsoSettings & Partial<KeptDomains>;
  return {
    ...row,
    ...kept,
    // Rows of before have none.
    verifiedDomains: kept.verifiedDomains ?? [],
    domains: JSON.parse(row.domains) as readonly string[],
    domainsVerified: Boolean(row.domainsVerified),
    enabled: Boolean(row.enabled),
  };
}

/** What of the domains stands beside the settings. */
type KeptDomains = Pick<SsoConnection, 'verifiedDomains'>;

/** The column of what a login makes of a person, and of the domains that were verified. */
export function ssoSettingsText(connection: SsoSettings & KeptDomains): string {
  const { groupsClaim, roles, jit, defaultRoles, requiredClaims, verifiedDomains } = connection;
  const settings = { groupsClaim, roles, jit, defaultRoles, requiredClaims };
  return JSON.stringify({ ...settings, verifiedDomains });
}
