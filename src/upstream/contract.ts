import type { z } from 'zod';
import type { JsonObject } from '../kernel/json.ts';
import type { Log } from '../kernel/log.ts';
import type { Era, ExchangeIo, McpNotification, McpOutcome, McpRequest } from '../mcp/message.ts';
import type { Egress } from './egress.ts';

/** What a connector gets when it opens an upstream. */
export interface ConnectorContext {
  readonly serviceId: string;
  readonly slug: string;
  /** Aborted when the service is removed or the gateway stops. */
  readonly signal: AbortSignal;
  /** The one door out; connectors open no socket of their own. */
  readonly egress: Egress;
  /** Reads a secret of the service by name. Throws GatewayError when there is none. */
  secret(name: string): Promise<string>;
  readonly log: Log;
  /**
   * Called by the upstream when its lists or a resource changed, or when it died. The catalog
   * re-reads; `listen` streams are told.
   */
  changed(change: UpstreamChange): void;
}

/** Something the upstream reported on its own. */
export type UpstreamChange =
  | { readonly kind: 'lists'; readonly lists: readonly ListKind[] }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'lost'; readonly text: string }
  | { readonly kind: 'origins'; readonly origins: readonly OriginHealth[] };

/** How calls to one origin of an API have gone lately. */
export interface OriginHealth {
  readonly origin: string;
  /** Whether the last call got an answer; null before the first. */
  readonly reachable: boolean | null;
  /** False when the last answer was 401 or 403; null before the first answer. */
  readonly authorised: boolean | null;
  /** Recent calls, and those of them that got no answer or a 5xx. */
  readonly calls: number;
  readonly errors: number;
  readonly lastSuccessAtMs: number | null;
  /** `open` refuses calls for a while, `half_open` lets one through to see. */
  readonly breaker: 'closed' | 'open' | 'half_open';
}

/** Something wrong or lossy in what a service is made from. */
export interface ServiceDiagnostic {
  /** An error cost a tool; a warning cost a detail. */
  readonly severity: 'error' | 'warning';
  /** A stable word for programs. */
  readonly code: string;
  /** What it belongs to, for example `GET /pets`. */
  readonly operation?: string;
  readonly text: string;
}

/** The lists an upstream can change. */
export type ListKind = 'tools' | 'prompts' | 'resources';

/** What an upstream says of itself. */
export interface Discovery {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly serverInfo: JsonObject;
  /** ServerCapabilities in the modern shape. */
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  readonly diagnostics?: readonly ServiceDiagnostic[];
  /** True when lists differ with the client's capabilities (legacy servers). */
  readonly listsVaryByCapabilities: boolean;
}

/** Who a request is made for; pooled state upstream is never shared across callers. */
export interface UpstreamCaller {
  readonly tenant: string;
  readonly credentialId: string;
}

/** A request on its way up: names and URIs are the upstream's own. */
export interface UpstreamRequest extends McpRequest {
  readonly caller: UpstreamCaller;
}

/** What a client wants to hear about (basic/patterns/subscriptions, SubscriptionFilter). */
export interface ListenFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
  /** Tasks of the tasks extension, under the ids the upstream gave them. */
  readonly taskIds?: readonly string[];
}

/** One live thing behind the gateway. Every method works for every kind; none is optional. */
export interface Upstream extends AsyncDisposable {
  /** Finds out what the upstream is. Throws GatewayError when it cannot be reached. */
  discover(signal: AbortSignal): Promise<Discovery>;
  /** Runs one request. Throws RpcError for an upstream's own error, GatewayError otherwise. */
  request(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome>;
  /**
   * Streams change notifications until the exchange is cancelled or the upstream ends it.
   * An upstream that announces nothing ends only with the exchange.
   */
  listen(
    filter: ListenFilter,
    caller: UpstreamCaller,
    io: ExchangeIo,
  ): AsyncIterable<McpNotification>;
}

/** A kind of upstream. `specification` versions this contract. */
export interface Connector<Config = unknown> {
  readonly kind: string;
  readonly specification: 'v1';
  /** The configuration's schema; unknown keys are errors. */
  readonly config: z.ZodType<Config>;
  /** Who may register it: a connector that runs commands is for operators only. */
  readonly operatorOnly: boolean;
  /** Opens the upstream; cheap: nothing is contacted before `discover` or `request`. */
  open(config: Config, context: ConnectorContext): Promise<Upstream>;
}
