import { oauthLimits } from './oauth-limits.ts';
import { ssoLimits } from './sso-limits.ts';

/** The bounds of tenants, people and their keys; a part of `limits`. */
export const identityLimits = {
  /** Tenants of one gateway; users, roles, groups and service accounts of one tenant. */
  tenantsMax: 1_000,
  usersPerTenantMax: 10_000,
  rolesPerTenantMax: 100,
  groupsPerTenantMax: 500,
  usersPerGroupMax: 5_000,
  serviceAccountsPerTenantMax: 1_000,
  /** Roles that one user, group or service account has. */
  rolesHeldMax: 20,
  /** The name of a role, and the login of a user. */
  roleNameLengthMax: 64,
  loginLengthMax: 128,
  /** The description of a role or service account. */
  roleDescriptionLengthMax: 1_000,
  /** Access rules of a role. */
  roleAccessRulesMax: 50,
  /** The settings of a tenant, as JSON. */
  tenantSettingsBytesMax: 16 * 1024,
  /** How long the replaced secret of a key may still be used, and how long it may unless told. */
  keyGraceMsMax: 30 * 24 * 3_600_000,
  keyGraceMs: 24 * 3_600_000,
  /** Client certificates of one tenant, and a name in one. */
  clientCertificatesPerTenantMax: 200,
  subjectAlternativeNameLengthMax: 512,
  /** How often it is noted which keys were used. */
  keyUseNoteMs: 60_000,
  /** Keys of one user or service account that have not ended. */
  keysPerUserMax: 100,
  /** Patterns of one access rule, and the length of each. */
  accessPatternsMax: 100,
  accessPatternLengthMax: 512,
  /** Credentials remembered after they were checked, and those that were wrong. */
  credentialsCachedMax: 10_000,
  wrongCredentialsCachedMax: 1_000,
  /** How long a checked credential is believed without asking the store again. */
  credentialCacheMs: 30_000,
  /** How much longer it is believed while the store cannot be asked. */
  credentialGraceMs: 600_000,
  /** How long a wrong credential is refused without asking the store again. */
  wrongCredentialCacheMs: 5_000,
  /** Credentials being looked up at once. */
  credentialLookupsMax: 1_000,
  /** SCIM: resources of one page, operations of one PATCH, characters of a filter and a text. */
  scimPageItems: 200,
  scimOperationsMax: 1_000,
  scimFilterCharactersMax: 1_024,
  scimTextCharactersMax: 512,
  ...oauthLimits,
  ...ssoLimits,
} as const;
