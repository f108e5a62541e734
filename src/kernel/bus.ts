/** What instances read from the database and keep a copy of. */
export const sharedDomains = [
  'services',
  'keys',
  'bundles',
  'sessions',
  'policy',
  'guardrails',
  'connections',
  'plans',
  'budgets',
  'captures',
  'models',
  'tool-uses',
] as const;

/** One of them. */
export type SharedDomain = (typeof sharedDomains)[number];

/** What happened, by name: noun, then verb in the past. */
export interface GatewayEvents {
  /** A service was registered, changed, enabled, disabled or removed. */
  'service.changed': { readonly tenant: string; readonly serviceId: string };
  /** The tools, prompts or resources of a service or bundle changed. */
  'catalog.changed': {
    readonly tenant: string;
    readonly serviceId: string;
    /** Of a bundle that changed with a service: the service. */
    readonly from?: string;
    readonly lists: readonly ('tools' | 'prompts' | 'resources')[];
  };
  /** A key or another grant was revoked: what was opened by it ends. */
  'grant.revoked': { readonly tenant: string; readonly grantId: string };
  /** A resource's content changed. */
  'resource.updated': { readonly tenant: string; readonly serviceId: string; readonly uri: string };
  /** What callers of a tenant may see is decided anew: its rules, settings or plan changed. */
  'policy.changed': { readonly tenant: string };
  /** Somebody approved or denied a call that waits for it. */
  'approval.decided': { readonly tenant: string; readonly approvalId: string };
  /** Somebody wants a chat run to end. */
  'chat.stopped': { readonly tenant: string; readonly runId: string };
  /** Users' accounts at a service changed: what was kept for them is not theirs any more. */
  'connection.changed': { readonly tenant: string; readonly serviceId: string };
  /** Usage records came into the database: they can be rated. */
  'usage.drained': { readonly from: string };
  /** Rows changed in the database, by this instance or another; see `sharedEvents`. */
  'domain.changed': { readonly domain: SharedDomain; readonly tenant: string };
  /** Events of other instances may have been lost: whatever they announce has to be looked up. */
  'events.missed': { readonly from: 'another instance' };
}

/**
 * Events that other instances hear too. They are hints: one may be late, lost or doubled, so
 * whoever acts on one reads the database, and polls it as well.
 */
export const sharedEvents: ReadonlySet<keyof GatewayEvents> = new Set([
  'domain.changed',
  'grant.revoked',
  'approval.decided',
  'chat.stopped',
  'usage.drained',
]);

/** Hears every event of one name. */
export type Listener<Name extends keyof GatewayEvents> = (event: GatewayEvents[Name]) => void;

/** Events between folders that must not import each other, and between instances. */
export interface Bus {
  /** Calls the listener for every event of this name; returns the undo. */
  on<Name extends keyof GatewayEvents>(name: Name, listener: Listener<Name>): () => void;
  emit<Name extends keyof GatewayEvents>(name: Name, event: GatewayEvents[Name]): void;
}
