/** The bounds of signing in at somebody else's provider; a part of `limits`. */
export const ssoLimits = {
  /** Providers of one tenant. */
  ssoConnectionsPerTenantMax: 20,
  /** How long the way to a provider and back may take. */
  ssoStateMs: 600_000,
  /** E-mail domains of one connection. */
  ssoDomainsMax: 20,
  /** Groups of a provider that give roles, and claims that it must say. */
  ssoGroupsMax: 200,
  ssoRequiredClaimsMax: 10,
  /** The name of a claim or of a group, or the value of a claim. */
  ssoClaimLengthMax: 256,
  /** The secret of a client. */
  ssoSecretLengthMax: 1_024,
  /** A path to go on to after signing in. */
  ssoNextLengthMax: 1_024,
  /** How old the order of a provider to end a login may be. */
  ssoLogoutTokenMs: 120_000,
  /** How long the name servers may take to show a record, and how many of a domain are read. */
  dnsLookupMs: 5_000,
  dnsTxtRecordsMax: 100,
  /** Ways to sign in that one question to a person may have been offered. */
  ssoWaysOfferedMax: 8,
  /** Providers whose keys are remembered. */
  ssoProvidersCachedMax: 1_000,
} as const;
