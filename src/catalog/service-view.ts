import type { JsonObject } from '../kernel/json.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Era } from '../mcp/message.ts';
import type { OriginHealth, ServiceDiagnostic } from '../upstream/contract.ts';
import type { ToolChanges } from './compare-tools.ts';
import type { DefinitionPolicy, Service, ServiceTrust } from './store.ts';

/** Where a service stands right now. */
export type ServiceState = 'disabled' | 'starting' | 'ready' | 'failed';

/** The live side of a service. */
export interface ServiceHealth {
  readonly state: ServiceState;
  /** When the state was entered, epoch milliseconds. */
  readonly sinceMs: number;
  /** The last failure in one sentence fit for the owner, or null. */
  readonly lastError: string | null;
  readonly lastSuccessAtMs: number | null;
  readonly era: Era | null;
  readonly protocolVersion: string | null;
  readonly serverInfo: JsonObject | null;
  /** The origins of an API that calls went to; empty for other kinds. */
  readonly origins: readonly OriginHealth[];
}

/** A tool as the control plane shows it. */
export interface ToolView {
  readonly name: string;
  /** The name on `/mcp`. */
  readonly publicName: string;
  readonly title: string | null;
  readonly description: string | null;
}

/** A service as a list of services shows it. */
export interface ServiceOutline {
  readonly service: Service;
  readonly health: ServiceHealth;
  /** How many of each may be seen. */
  readonly counts: { readonly tools: number; readonly prompts: number; readonly resources: number };
}

/** Which part of a list is wanted; without `limit` all of it. */
export interface ServicePage {
  /** The id of the last service of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** A service with its live side. */
export interface ServiceView {
  readonly service: Service;
  /** The names of its secrets; their values are never shown. */
  readonly secretNames: readonly string[];
  readonly health: ServiceHealth;
  readonly tools: readonly ToolView[];
  readonly promptNames: readonly string[];
  readonly resourceUris: readonly string[];
  readonly diagnostics: readonly ServiceDiagnostic[];
  /** What the last change of its lists was; null while they are the first. */
  readonly changes: ToolChanges | null;
}

/** What registering a service would give. */
export interface ServicePreview {
  readonly kind: string;
  readonly slug: string;
  readonly title: string;
  readonly tools: readonly PreviewedTool[];
  readonly promptNames: readonly string[];
  readonly resourceUris: readonly string[];
  readonly diagnostics: readonly ServiceDiagnostic[];
  /** Estimated model tokens of the whole tool list. */
  readonly tokens: number;
}

/** A tool of a service that is not registered. */
export interface PreviewedTool {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  /** Estimated model tokens of its definition. */
  readonly tokens: number;
}

/** What registering takes; validated by the connector of its kind. */
export interface ServiceInput {
  /** Made from the title or the upstream's own name when absent. */
  readonly slug?: string;
  readonly kind: string;
  readonly title?: string;
  readonly config: JsonObject;
  /** Secret values by name; stored sealed, never shown again. `${NAME}` in config refers to one. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** `announce` when absent. */
  readonly definitions?: DefinitionPolicy;
  /** `untrusted` when absent; only the operator's configuration says so at once. */
  readonly trust?: ServiceTrust;
}

/** What may change later. */
export interface ServiceChange {
  readonly title?: string;
  readonly config?: JsonObject;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly enabled?: boolean;
  readonly definitions?: DefinitionPolicy;
  readonly trust?: ServiceTrust;
}

/**
 * The registry of services. All methods act inside the principal's tenant and throw GatewayError:
 * `not_found`, `conflict`, `invalid_configuration`, `forbidden`, `upstream_failed` and its kin
 * when a new service cannot be reached (nothing is kept then).
 */
export interface ServiceRegistry {
  /** Registers, opens and discovers; resolves when the tools are known. */
  register(principal: Principal, input: ServiceInput): Promise<ServiceView>;
  /** Opens and discovers as `register` does, and keeps nothing. */
  preview(principal: Principal, input: ServiceInput): Promise<ServicePreview>;
  /** The services that may be seen, in the order of their ids: the oldest first. */
  list(principal: Principal, page?: ServicePage): Promise<readonly ServiceOutline[]>;
  /** By id or slug. */
  get(principal: Principal, idOrSlug: string): Promise<ServiceView>;
  /** Throws `conflict` too, when the stored version is not `ifVersion`. */
  update(
    principal: Principal,
    idOrSlug: string,
    change: ServiceChange,
    ifVersion?: number,
  ): Promise<ServiceView>;
  /** As `update`. */
  remove(principal: Principal, idOrSlug: string, ifVersion?: number): Promise<void>;
  /** Reads the upstream's lists again. */
  refresh(principal: Principal, idOrSlug: string): Promise<ServiceView>;
}
