/** What a caller may be allowed to do; routes and steps name one of these, never a role. */
export const permissionNames = [
  'mcp.use',
  'services.read',
  'services.register',
  'services.refresh',
  'services.write',
  'services.operate',
  'bundles.read',
  'bundles.write',
  'sessions.use',
  'usage.read',
  'keys.own',
  'keys.manage',
  'users.read',
  'users.manage',
  'roles.manage',
  'service-accounts.manage',
  'tenant.read',
  'tenant.manage',
  'tenants.manage',
  'policy.read',
  'policy.manage',
  'approvals.decide',
  'definitions.review',
  'connections.own',
  'credentials.manage',
  'audit.read',
  'privacy.manage',
  'oauth.manage',
  'scim.manage',
  'billing.read',
  'plans.manage',
  'credit.manage',
  'budgets.manage',
  'invoices.manage',
  'webhooks.manage',
  'exporters.manage',
  'models.read',
  'models.manage',
  'chat.use',
  'chats.inspect',
  'agents.manage',
  'tool-search.manage',
] as const;

/** One permission: `mcp.use` is the data plane, the others are the control plane's. */
export type Permission = (typeof permissionNames)[number];

/** The roles that every tenant has; `policy` says what each may do. */
export const builtInRoles = ['owner', 'admin', 'developer', 'billing', 'viewer'] as const;

/** One of them. */
export type BuiltInRole = (typeof builtInRoles)[number];

/**
 * What may be reached, as patterns in which `*` stands for any run of characters and everything
 * else, `?` in a URI too, for itself. A list that is absent allows everything of its kind, with one
 * exception: a rule that lists tools, prompts or resources allows nothing of the kinds it does not
 * list.
 */
export interface AccessRule {
  /** Slugs of services; whatever else is allowed is allowed on these alone. */
  readonly services?: readonly string[];
  /** `{slug}__{tool}`, with the tool's own name on its service. */
  readonly tools?: readonly string[];
  /** `{slug}__{prompt}`, likewise. */
  readonly prompts?: readonly string[];
  /** URIs of resources and texts of URI templates. */
  readonly resources?: readonly string[];
}

/** Rules of which one must allow: what several roles give together. */
export type AccessLayer = readonly AccessRule[];

/** What a credential takes away from what its holder may do. */
export interface CredentialLimits {
  /** The only permissions it carries; null for all its holder has. */
  readonly scopes: readonly Permission[] | null;
  /** What it reaches; all must allow. */
  readonly access: readonly AccessLayer[];
}

/** Everything a caller may do. */
export interface Permissions {
  /** Equal for callers who may do the same, and for no others. */
  readonly digest: string;
  readonly actions: ReadonlySet<Permission>;
  /** All of them must allow (role, key, …); without any, every service may be used whole. */
  readonly layers: readonly AccessLayer[];
  /** What the credential takes away: a key that is made with it takes away as much. */
  readonly credential: CredentialLimits;
  /** The names of the subject's roles, sorted; for rules about who may do what. */
  readonly roles: readonly string[];
  /** The ids of the groups it is in, sorted. */
  readonly groups: readonly string[];
}
