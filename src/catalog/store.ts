import type { JsonObject } from '../kernel/json.ts';
import type { TenantId } from '../kernel/principal.ts';

/**
 * What happens when a service changes the definition of a tool: it is told, or the tool is hidden
 * and refused until somebody approves it, in the last case unless it only reads.
 */
export type DefinitionPolicy = 'announce' | 'quarantine' | 'quarantine-writes';

/** Whether a chat may believe what a service answers, and what it says of its own tools. */
export type ServiceTrust = 'untrusted' | 'trusted';

/** Anything registered: an MCP server, an API, later more. */
export interface Service {
  readonly id: string;
  readonly tenant: TenantId;
  /** Names the service in URLs and tool prefixes: [a-z0-9] and single hyphens. */
  readonly slug: string;
  /** The connector's kind. */
  readonly kind: string;
  readonly title: string;
  readonly enabled: boolean;
  /** The connector's configuration as validated; secrets are held apart. */
  readonly config: JsonObject;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** 1 at first, one more with every change. */
  readonly version: number;
  /** Absent for `announce`. */
  readonly definitions?: DefinitionPolicy;
  /** Absent for `untrusted`. */
  readonly trust?: ServiceTrust;
}

/** When a change is wanted, and for which version it was made. */
export interface VersionedChange {
  readonly updatedAtMs: number;
  /** Absent: for whatever is stored. */
  readonly ifVersion?: number | undefined;
}

/** What changes of a stored service; the rest stays as it is stored. */
export interface ServiceUpdate extends VersionedChange {
  readonly title?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly config?: JsonObject | undefined;
  readonly definitions?: DefinitionPolicy | undefined;
  readonly trust?: ServiceTrust | undefined;
  /** Sealed values to add or replace by name. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** Registered services. */
export interface ServiceStore {
  list(tenant: TenantId): Promise<readonly Service[]>;
  get(tenant: TenantId, id: string): Promise<Service | undefined>;
  /** Throws GatewayError `conflict` when the tenant has the slug already. */
  insert(tenant: TenantId, service: Service): Promise<void>;
  /**
   * Changes the service, all or nothing; what it is then, or undefined when there is none. Rejects
   * with `conflict` when the stored version is not `ifVersion`.
   */
  update(tenant: TenantId, id: string, update: ServiceUpdate): Promise<Service | undefined>;
  /**
   * Deletes the service with its aliases and secrets; false when there is no such service. Rejects
   * with `conflict` when the stored version is not `ifVersion`.
   */
  delete(tenant: TenantId, id: string, ifVersion?: number): Promise<boolean>;
}

/** Names that tools got on `/mcp`, kept so that they never change under a client. */
export interface AliasStore {
  list(tenant: TenantId): Promise<readonly Alias[]>;
  /**
   * Adds the names, all or none; one that its tool or prompt has already is left alone. Rejects
   * with `conflict` when another has the name, with `not_found` when the service is gone.
   */
  insert(tenant: TenantId, aliases: readonly Alias[]): Promise<void>;
}

/** One public name. */
export interface Alias {
  readonly serviceId: string;
  readonly kind: 'tool' | 'prompt';
  /** The name on the service. */
  readonly name: string;
  /** The name on `/mcp`. */
  readonly publicName: string;
}

/** What a bundle takes from a service, and how it shows it. */
export interface BundleItem {
  readonly kind: 'tool' | 'prompt' | 'resource' | 'resourceTemplate';
  /** The slug of the service. */
  readonly service: string;
  /** On its service: a tool's or prompt's name, a resource's URI, a template's URI template. */
  readonly name: string;
  /** The name in the bundle; the own one when absent. A URI is never changed. */
  readonly as?: string;
  readonly title?: string;
  readonly description?: string;
}

/** A curated set of tools, prompts and resources, served as if it were one server. */
export interface Bundle {
  readonly id: string;
  readonly tenant: TenantId;
  /** Names the bundle in URLs. */
  readonly slug: string;
  readonly title: string;
  /** Instructions for the model; '' for none. */
  readonly description: string;
  readonly items: readonly BundleItem[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** 1 at first, one more with every change. */
  readonly version: number;
}

/** What changes of a stored bundle; the rest stays as it is stored. */
export interface BundleUpdate extends VersionedChange {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly items?: readonly BundleItem[] | undefined;
}

/** Bundles. */
export interface BundleStore {
  list(tenant: TenantId): Promise<readonly Bundle[]>;
  /** Rejects with `conflict` when the tenant has a bundle of that slug. */
  insert(tenant: TenantId, bundle: Bundle): Promise<void>;
  /** As `ServiceStore.update`. */
  update(tenant: TenantId, id: string, update: BundleUpdate): Promise<Bundle | undefined>;
  /** As `ServiceStore.delete`. */
  delete(tenant: TenantId, id: string, ifVersion?: number): Promise<boolean>;
}

/** Secrets of services, sealed by the caller before they get here. */
export interface SecretStore {
  /** Adds or replaces the sealed values by name. */
  put(tenant: TenantId, serviceId: string, sealed: Readonly<Record<string, string>>): Promise<void>;
  /** The sealed value, or undefined. */
  get(tenant: TenantId, serviceId: string, name: string): Promise<string | undefined>;
  names(tenant: TenantId, serviceId: string): Promise<readonly string[]>;
}
